//! Templates that are given as flags: Go's own functions alone, as Helm has it there.

use super::CliError;
use crate::clock::Clock;
use jiff::{Timestamp, tz::TimeZone};
use templates_engine::{
    exec::{FuncMap, Host, TemplateSet},
    value::Value,
};

/// Fills the template in. Sprig's functions are not there.
///
/// # Errors
/// A template that cannot be read or filled in, in Go's words.
pub(super) fn fill(template: &str, data: &Value, clock: &dyn Clock) -> Result<String, CliError> {
    let mut set = TemplateSet::new("_", FuncMap::new());
    set.parse("_", template)?;
    let world = World { now: clock.now(), zone: clock.zone() };
    let output = set.execute(&world, "_", data)?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// What the template could see of the world, had its functions a use for it.
struct World {
    now: Timestamp,
    zone: TimeZone,
}

impl Host for World {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn local_zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    fn host_by_name(&self, _name: &str) -> Option<String> {
        None
    }
}
