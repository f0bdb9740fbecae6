//! The release object and its record.

pub mod hook;
pub mod json;
mod model;
mod status;
mod time;

pub use model::{ChartSummary, ChartSummaryMetadata, Info, RecordedChart, Release};
pub use status::Status;
pub use time::Time;
