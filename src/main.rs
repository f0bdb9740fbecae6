//! The binary: everything is in the library.

/// musl's allocator gives each larger block back to the system at once and takes a lock for each small
/// one; docs/performance.md has the figures of the candidates.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    skiff::cli::main()
}
