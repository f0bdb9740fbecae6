//! The binary: everything is in the library.

/// musl's allocator takes a lock for each block and gives larger ones back to the system at once;
/// docs/performance.md has the figures of the candidates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    skiff::cli::main()
}
