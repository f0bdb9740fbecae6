//! The binary: everything is in the library.

/// musl's allocator gives each large block back to the system at once; rendering a large chart spends a third of
/// its time there (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    skiff::cli::main()
}
