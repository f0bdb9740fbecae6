//! Who asks, and how.

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// An authenticated user, as `user.Info`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// `system:admin`.
    pub name: String,
    /// A unique id, if it has one.
    pub uid: String,
    /// `system:masters`.
    pub groups: Vec<String>,
    /// More, by key.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// The owner of the sandbox, who may do everything.
    #[must_use]
    pub fn admin() -> Self {
        let groups = ["system:masters", "system:authenticated"];
        Self { name: "admin".to_owned(), groups: groups.map(str::to_owned).to_vec(), ..Self::default() }
    }
}

/// `fieldValidation`: what happens to unknown and duplicate fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped in silence.
    Ignore,
    /// They are dropped, and the answer warns.
    #[default]
    Warn,
    /// They are refused.
    Strict,
}

/// Texts for the `Warning` headers of an answer, be it a refusal or not.
pub type Warnings = Arc<Mutex<Vec<String>>>;

/// Who asks, and how: what every write is given.
#[derive(Debug, Default)]
pub struct Caller {
    /// Who.
    pub user: User,
    /// The field manager: the given one, or the user agent's name.
    pub manager: String,
    /// The field manager as given; empty where it was not.
    pub field_manager: String,
    /// `fieldValidation` as given.
    pub field_validation: Option<&'static str>,
    /// Whether nothing may be kept.
    pub dry_run: bool,
    /// Whether an apply overrules conflicts.
    pub force: bool,
    /// What happens to unknown fields.
    pub validation: FieldValidation,
    /// What the answer warns of; the request's answer shares it.
    pub warnings: Warnings,
}

impl Caller {
    /// A caller inside the process, who may do everything: controllers.
    #[must_use]
    pub fn system(manager: &str) -> Self {
        let validation = FieldValidation::Ignore;
        Self { user: User::admin(), manager: manager.to_owned(), validation, ..Self::default() }
    }

    /// `CreateOptions` and the like as an object, for admission.
    #[must_use]
    pub fn options(&self, kind: &str) -> Value {
        let mut options = json!({"kind": kind, "apiVersion": "meta.k8s.io/v1"});
        if !self.field_manager.is_empty() {
            options["fieldManager"] = self.field_manager.as_str().into();
        }
        if self.dry_run {
            options["dryRun"] = json!(["All"]);
        }
        if let Some(validation) = self.field_validation {
            options["fieldValidation"] = validation.into();
        }
        options
    }

    /// Adds a text for the answer's `Warning` headers; each appears once.
    pub fn warn(&self, text: impl Into<String>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let text = text.into();
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    }

    /// Takes the warnings so far.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
