//! What one execution may use up.

/// Go's own bound on nested template invocations.
pub const MAX_EXEC_DEPTH: usize = 100_000;

/// Bounds of one [`TemplateSet::execute`](super::TemplateSet::execute), nested templates included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested template executions (`template`, and what functions execute through
    /// [`Call`](super::Call)).
    pub depth: usize,
    /// Bytes of the thread's stack, counted from where execution or parsing begins. When they are
    /// used up the execution fails instead of the process. The default of 1 MiB fits a test's thread
    /// of 2 MiB; on a main thread of 8 MiB use 6 MiB, and for charts that recurse as deep as Go lets
    /// them run the whole rendering on a thread made with a stack of, say, 256 MiB.
    pub stack: usize,
    /// Bytes of output, buffers of nested templates included.
    pub output: usize,
    /// Steps: nodes executed and commands evaluated.
    pub fuel: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: MAX_EXEC_DEPTH, stack: 1 << 20, output: 512 << 20, fuel: 500_000_000 }
    }
}
