//! How much of the thread's stack is in use, so that nesting ends in an error and not in a crash.

/// A budget of stack, counted from where it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    base: usize,
    budget: usize,
}

impl Stack {
    /// A budget of so many bytes below the caller's frame.
    #[inline(never)]
    pub(crate) fn here(budget: usize) -> Self {
        Self { base: address(), budget }
    }

    /// Whether the budget is used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.base.abs_diff(address()) > self.budget
    }
}

/// The address of a local variable. Reading an address is safe; nothing is read through it.
#[inline(never)]
fn address() -> usize {
    let local = 0_u8;
    std::hint::black_box(&raw const local).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dive(stack: &Stack, depth: usize) -> usize {
        let page = std::hint::black_box([0_u8; 1024]);
        if stack.is_spent() { depth } else { dive(stack, depth + 1) + usize::from(page[0]) }
    }

    #[test]
    fn a_dive_ends_when_the_budget_is_spent() {
        let depth = dive(&Stack::here(100_000), 0);
        assert!((10..=100).contains(&depth), "{depth}");
    }
}
