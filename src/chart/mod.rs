//! The chart model: loading, saving, scaffolding.
