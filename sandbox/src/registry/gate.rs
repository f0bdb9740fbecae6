//! Who stands before each write, whatever verb it comes from: rights that depend on what is written.

use super::{Caller, Registry};
use crate::{kinds::Resource, status::Status};
use serde_json::Value;
use std::fmt;

/// A write that is about to be made.
#[derive(Debug)]
pub struct Write<'a> {
    /// Who writes.
    pub caller: &'a Caller,
    /// Objects of which resource.
    pub resource: &'a Resource,
    /// In which namespace; empty for none.
    pub namespace: &'a str,
    /// The object so far; `None` for a new one.
    pub old: Option<&'a Value>,
    /// The object from now on.
    pub new: &'a Value,
}

/// Judges writes.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Lets a write pass or refuses it.
    ///
    /// # Errors
    /// The refusal.
    fn check(&self, registry: &Registry, write: &Write<'_>) -> Result<(), Status>;
}

impl Registry {
    /// Puts a judge before all writes; the first one stays.
    pub fn set_gate(&self, gate: Box<dyn Gate>) {
        let _ = self.gate.set(gate);
    }

    pub(super) fn judge(&self, write: &Write<'_>) -> Result<(), Status> {
        self.gate.get().map_or(Ok(()), |gate| gate.check(self, write))
    }
}
