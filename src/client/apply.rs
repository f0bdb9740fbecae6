//! Creating, changing and removing objects the way Helm does, as requests and answers.

use super::{
    Cluster,
    error::Error,
    object::{Object, string, tag},
    query,
    transport::{Method, Request},
    update::ApplyMode,
};
use serde_json::{Value, json};

/// Helm's name in managed fields; records stay interchangeable only if Skiff uses the same.
pub const FIELD_MANAGER: &str = "helm";

/// The annotation that keeps an object alive when its release lets go of it.
pub const RESOURCE_POLICY: &str = "helm.sh/resource-policy";

const APPLY: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";
/// How often Helm repeats a request that lost a race.
const CONFLICT_ATTEMPTS: usize = 5;

/// A failed change of an object, as Helm words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The server cannot apply.
    #[error("server-side apply not available on the server: {0}")]
    Unsupported(Error),
    /// Somebody else owns a field.
    #[error("conflict occurred while applying object {object}: {cause}")]
    Conflict {
        /// The object.
        object: String,
        /// Whose fields.
        cause: Error,
    },
    /// The server refused for another reason.
    #[error("server-side apply failed for object {object}: {cause}")]
    Apply {
        /// The object.
        object: String,
        /// Why.
        cause: Error,
    },
    /// A plain request failed.
    #[error(transparent)]
    Request(#[from] Error),
    /// A step of an update failed.
    #[error("{context}: {cause}")]
    Step {
        /// What was being done.
        context: String,
        /// Why it failed.
        cause: Box<ApplyError>,
    },
    /// A patch could not be made.
    #[error("{0}")]
    Patch(String),
    /// Nothing was given to work on.
    #[error("no objects visited")]
    Nothing,
    /// Somebody wished the end of the operation.
    #[error("{}", super::cancel::CANCELLED)]
    Cancelled,
    /// Several objects failed.
    #[error("{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(.separator))]
    Many {
        /// Each failure, in the objects' order.
        errors: Vec<ApplyError>,
        /// What Helm puts between them.
        separator: &'static str,
    },
}

impl ApplyError {
    /// Whether any of the failures is "it exists already".
    pub fn is_already_exists(&self) -> bool {
        match self {
            Self::Request(error) | Self::Unsupported(error) => error.is_already_exists(),
            Self::Conflict { cause, .. } | Self::Apply { cause, .. } => cause.is_already_exists(),
            Self::Step { cause, .. } => cause.is_already_exists(),
            Self::Many { errors, .. } => errors.iter().any(Self::is_already_exists),
            Self::Patch(_) | Self::Nothing | Self::Cancelled => false,
        }
    }

    pub(super) fn step(self, context: impl Into<String>) -> Self {
        Self::Step { context: context.into(), cause: Box::new(self) }
    }

    /// Nothing, the one error, or all of them.
    pub(super) fn join(mut errors: Vec<Self>, separator: &'static str) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Many { errors, separator }),
        }
    }
}

/// A server-side apply request.
pub fn apply_request(object: &Object, force: bool) -> Result<Request, Error> {
    named(object)?;
    let force = if force { "true" } else { "false" };
    let query = query(&[("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict"), ("force", force)]);
    let path = format!("{}?{query}", object.path());
    Ok(Request::new(Method::Patch, path).with_body(APPLY, body(&object.content)))
}

pub(super) fn create_request(object: &Object) -> Request {
    let path = object.resource.path(&object.namespace, "");
    let query = query(&[("fieldManager", FIELD_MANAGER)]);
    Request::new(Method::Post, format!("{path}?{query}")).with_body(JSON, body(&object.content))
}

pub(super) fn body(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

pub(super) fn named(object: &Object) -> Result<(), Error> {
    if object.name.is_empty() { Err(Error::EmptyName) } else { Ok(()) }
}

impl Cluster {
    /// Creates objects: all of one kind at the same time, kind after kind, and every kind even if one fails. Gives the
    /// objects, with the names that the server made up.
    ///
    /// # Errors
    /// Every failure, one a line; or that there was nothing to create.
    pub fn create(&self, objects: &[Object], mode: ApplyMode) -> Result<Vec<Object>, ApplyError> {
        let mut created = Vec::with_capacity(objects.len());
        self.perform(objects, |batch| self.create_batch(batch, mode, &mut created))?;
        Ok(created)
    }

    fn create_batch(
        &self,
        batch: &[Object],
        mode: ApplyMode,
        created: &mut Vec<Object>,
    ) -> Vec<Result<(), ApplyError>> {
        let requests = batch.iter().map(|object| match mode {
            ApplyMode::ServerSide { force } => apply_request(object, force),
            _ => Ok(create_request(object)),
        });
        let answers = self.exchange_all(requests.collect());
        let outcome = batch.iter().zip(answers).map(|(object, answer)| {
            let live = answer.map_err(|error| match mode {
                ApplyMode::ServerSide { .. } => apply_error(object, error),
                _ => ApplyError::Request(error),
            })?;
            let mut object = object.clone();
            if object.name.is_empty() {
                object.name = string(&live, "name").to_owned();
            }
            created.push(object);
            Ok(())
        });
        outcome.collect()
    }

    /// Deletes objects; those that are gone already count as deleted.
    ///
    /// # Errors
    /// Every failure; each object is tried.
    pub fn delete(&self, objects: &[Object], propagation: &str) -> Result<(), Vec<ApplyError>> {
        let outcome = self.perform(objects, |batch| {
            let requests = batch.iter().map(|object| delete_request(object, propagation)).collect();
            let ignore_missing = |answer: Result<Value, Error>| match answer {
                Err(error) if !error.is_not_found() => Err(ApplyError::Request(error)),
                _ => Ok(()),
            };
            self.exchange_all(requests).into_iter().map(ignore_missing).collect()
        });
        match outcome {
            Ok(()) => Ok(()),
            Err(ApplyError::Many { errors, .. }) => Err(errors),
            Err(ApplyError::Nothing) => {
                Err(vec![ApplyError::Nothing.step("object not found, skipping delete")])
            }
            Err(error) => Err(vec![error]),
        }
    }

    pub(super) fn delete_one(&self, object: &Object) -> Result<(), Error> {
        self.exchange(delete_request(object, "Background")?).map(drop)
    }

    /// Helm's batches: neighbours of one kind go together, and the next kind waits for them.
    fn perform(
        &self,
        objects: &[Object],
        mut batch: impl FnMut(&[Object]) -> Vec<Result<(), ApplyError>>,
    ) -> Result<(), ApplyError> {
        if objects.is_empty() {
            return Err(ApplyError::Nothing);
        }
        let mut errors = Vec::new();
        for group in objects.chunk_by(|a, b| a.kind() == b.kind()) {
            if self.cancel().is_cancelled() {
                errors.push(ApplyError::Cancelled);
                break;
            }
            errors.extend(batch(group).into_iter().filter_map(Result::err));
        }
        ApplyError::join(errors, "\n")
    }

    /// Server-side apply of one object, again while a quota is being counted.
    pub(super) fn apply_one(&self, object: &Object, force: bool) -> Result<Value, ApplyError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.exchange(apply_request(object, force).map_err(|error| apply_error(object, error))?) {
                Ok(value) => return Ok(value),
                Err(error) if attempt < CONFLICT_ATTEMPTS && is_quota_conflict(&error) => {}
                Err(error) => return Err(apply_error(object, error)),
            }
        }
    }

    /// Creates one object in the given way.
    pub(super) fn create_one(&self, object: &Object, mode: ApplyMode) -> Result<(), ApplyError> {
        match mode {
            ApplyMode::ServerSide { force } => self.apply_one(object, force).map(drop),
            _ => Ok(self.exchange(create_request(object)).map(drop)?),
        }
    }
}

fn delete_request(object: &Object, propagation: &str) -> Result<Request, Error> {
    named(object)?;
    let options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation});
    Ok(Request::new(Method::Delete, object.path()).with_body(JSON, body(&options)))
}

pub(super) fn apply_error(object: &Object, cause: Error) -> ApplyError {
    let object = object.go_string();
    match cause {
        error if error.code() == Some(415) => ApplyError::Unsupported(error),
        cause if cause.is_conflict() => ApplyError::Conflict { object, cause },
        cause => ApplyError::Apply { object, cause },
    }
}

fn is_quota_conflict(error: &Error) -> bool {
    let text = error.to_string();
    error.is_conflict()
        && text.contains("Operation cannot be fulfilled on resourcequotas")
        && text.contains("the object has been modified")
}

/// Whether an object asks to be kept.
pub fn is_kept(object: &Value) -> bool {
    tag(object, "annotations", RESOURCE_POLICY) == Some("keep")
}
