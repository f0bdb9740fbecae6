//! The release object and its record.

pub mod hook;
pub mod json;
mod model;
mod name;
mod status;
mod time;

pub use model::{ChartSummary, ChartSummaryMetadata, Info, RecordedChart, Release};
pub use name::{MAX_NAME_LENGTH, NameError, check_name};
pub use status::Status;
pub use time::Time;
