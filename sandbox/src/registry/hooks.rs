//! What layers above the registry take part in: admission, and conversion by webhooks.

use super::{Caller, Served};
use crate::{crd::Custom, status::Status};
use serde_json::Value;
use std::{fmt, pin::Pin};

/// An answer that may take time.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// `admission.Operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A new object.
    Create,
    /// A changed object.
    Update,
    /// An object that goes.
    Delete,
    /// A connection: exec, proxy, …
    Connect,
}

impl Operation {
    /// `CREATE`, …
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// `admission.Attributes`: what is asked, besides the object itself.
#[derive(Debug, Clone, Copy)]
pub struct Attributes<'a> {
    /// What happens.
    pub operation: Operation,
    /// To which resource.
    pub served: &'a Served,
    /// `status`, `scale`, …; empty for the object itself.
    pub subresource: &'a str,
    /// The namespace; empty for what has none.
    pub namespace: &'a str,
    /// The name; empty while it is not generated yet.
    pub name: &'a str,
    /// The object until now.
    pub old: Option<&'a Value>,
    /// `CreateOptions`, `UpdateOptions`, … as an object of `meta.k8s.io/v1`.
    pub options: &'a Value,
    /// Who asks: user, dry-run, and where warnings go.
    pub caller: &'a Caller,
}

/// Who may change and refuse what is written.
pub trait Admission: fmt::Debug + Send + Sync {
    /// Changes an object before it is checked, or refuses it. `object` is null for deletions.
    fn mutate<'a>(
        &'a self,
        attributes: Attributes<'a>,
        object: &'a mut Value,
    ) -> Later<'a, Result<(), Status>>;

    /// Refuses an object that keeps its kind's rules. `object` is null for deletions.
    fn validate<'a>(&'a self, attributes: Attributes<'a>, object: &'a Value)
    -> Later<'a, Result<(), Status>>;
}

/// Who asks the webhooks that convert custom resources between their versions.
pub trait Converter: fmt::Debug + Send + Sync {
    /// An object in the version `to`, whose definition names a webhook.
    ///
    /// # Errors
    /// 500 when the webhook cannot be reached or its answer is no good.
    fn convert<'a>(&'a self, to: &'a Custom, object: &'a Value) -> Later<'a, Result<Value, Status>>;
}
