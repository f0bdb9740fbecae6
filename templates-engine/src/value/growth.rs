//! How Go's runtime grows slices: what `cap` is after an `append`, which `slice` can reach into.

/// Go's size classes for small objects (`internal/runtime/gc`), in bytes.
const SIZE_CLASSES: [usize; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416,
    448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
    3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336,
    16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

/// The largest object that has a size class.
const MAX_SMALL: usize = 32768;
/// Objects with pointers and above [`MIN_FOR_HEADER`] bytes carry a header of this size.
const HEADER: usize = 8;
const MIN_FOR_HEADER: usize = 512;
const PAGE: usize = 8192;
/// Slices double up to this capacity, then grow more slowly.
const DOUBLES_BELOW: usize = 256;

/// What an element takes in Go's memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct ElemSize {
    /// Its bytes.
    pub(super) bytes: usize,
    /// Whether it holds pointers.
    pub(super) pointers: bool,
}

/// The capacity after an `append` that needs `length` where there was room for `capacity`
/// (`runtime.growslice`).
pub(super) fn grown(capacity: usize, length: usize, elem: ElemSize) -> usize {
    if length <= capacity {
        return capacity;
    }
    round_up(next(capacity, length).saturating_mul(elem.bytes), elem.pointers) / elem.bytes
}

/// The capacity of a slice with room for `capacity` to which `length` elements were appended one by one.
pub(super) fn appended(mut capacity: usize, length: usize, elem: ElemSize) -> usize {
    while capacity < length {
        capacity = grown(capacity, capacity + 1, elem);
    }
    capacity
}

fn next(old: usize, length: usize) -> usize {
    if length > old.saturating_mul(2) {
        return length;
    }
    if old < DOUBLES_BELOW {
        return old * 2;
    }
    let mut capacity = old;
    while capacity < length || capacity == old {
        capacity += (capacity + 3 * DOUBLES_BELOW) / 4;
    }
    capacity
}

/// The memory block that the runtime hands out for `size` bytes, without its header.
fn round_up(size: usize, pointers: bool) -> usize {
    if size > MAX_SMALL - HEADER {
        return size.saturating_add(PAGE - 1) / PAGE * PAGE;
    }
    let header = if pointers && size > MIN_FOR_HEADER { HEADER } else { 0 };
    let class = SIZE_CLASSES.iter().find(|class| **class >= size + header);
    class.map_or(size, |class| class - header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_slices_double_and_fill_their_size_class() {
        let any = ElemSize { bytes: 16, pointers: true };
        let after_one_append: Vec<usize> = [0, 1, 3, 5, 17, 32].map(|n| grown(n, n + 1, any)).into();
        assert_eq!(after_one_append, [1, 2, 6, 10, 35, 71]);
        assert_eq!(appended(0, 5, any), 8);
        assert_eq!(appended(10, 3, any), 10);
    }
}
