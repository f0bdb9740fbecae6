//! Who asks, and what they may do: tokens, impersonation, RBAC, and the reviews that ask about both.
//!
//! Everything here is a function of the request, the clock and what [`Objects`] reads; nothing is written.

mod attributes;
mod authenticate;
mod impersonate;
mod objects;
pub mod rbac;
mod request;
mod review;
mod service_account;
mod token;
mod user;

pub use attributes::Attributes;
pub use authenticate::{AUDIENCE, Authenticator, Refused};
pub use impersonate::Impersonator;
pub use objects::Escalation;
pub use request::token as request_token;
pub use review::{Asked, review};
pub use token::{BadKey, Issuer};
pub use user::{anonymous, with_group};

use crate::{kinds::Gvr, registry::User, status::Status};
use serde_json::Value;

/// What deciding reads of the cluster.
pub trait Objects: Send + Sync {
    /// One object; `namespace` is empty for objects without one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, resource: &Gvr, namespace: &str, name: &str) -> Result<Option<Value>, Status>;

    /// All objects of a resource, or those of one namespace, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, resource: &Gvr, namespace: Option<&str>) -> Result<Vec<Value>, Status>;
}

/// How requests are judged: `--authorization`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// By roles and bindings.
    #[default]
    Rbac,
    /// Whoever is authenticated may do everything.
    AlwaysAllow,
}

impl Mode {
    /// All, by name.
    pub const ALL: [Self; 2] = [Self::Rbac, Self::AlwaysAllow];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rbac => "rbac",
            Self::AlwaysAllow => "always-allow",
        }
    }
}

/// Whether something is allowed, and what the authorizer says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is.
    pub allowed: bool,
    /// `RBAC: allowed by …`, or which roles could not be found.
    pub reason: String,
}

/// The group of those who may do everything.
pub const MASTERS: &str = "system:masters";

/// Paths that everybody may read: `--authorization-always-allow-paths`.
const OPEN_PATHS: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// Whether `path` is about health, which is answered without a token.
#[must_use]
pub fn is_health(path: &str) -> bool {
    OPEN_PATHS.contains(&path)
}

/// Judges a request.
#[must_use]
pub fn authorize(mode: Mode, objects: &dyn Objects, user: &User, what: &Attributes) -> Decision {
    let open = what.resource.is_none() && is_health(&what.path);
    if mode == Mode::AlwaysAllow || open || user.groups.iter().any(|group| group == MASTERS) {
        return Decision { allowed: true, reason: String::new() };
    }
    rbac::authorize(objects, user, what)
}

/// Judges a request; the refusal is the answer's body.
///
/// # Errors
/// 403, worded as the real server does.
pub fn check(mode: Mode, objects: &dyn Objects, user: &User, what: &Attributes) -> Result<(), Status> {
    let decision = authorize(mode, objects, user, what);
    if decision.allowed { Ok(()) } else { Err(what.forbidden(user, &decision.reason)) }
}
