//! What a `Chart.yaml` must say before anything else happens.

use super::{Chart, Dependency, Maintainer, Metadata};
use std::collections::BTreeSet;
use templates_engine::{
    quote::{is_print, quoted},
    semver::Version,
};

/// Why a `Chart.yaml` was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    /// A field must be there (the field's name).
    #[error("validation: chart.metadata.{0} is required")]
    Required(&'static str),
    /// A name that would lead elsewhere.
    #[error("validation: chart.metadata.name {} is not allowed", quoted(.0.as_bytes()))]
    NameNotAllowed(String),
    /// A name with a `/`.
    #[error("validation: chart.metadata.name {} is invalid", quoted(.0.as_bytes()))]
    NameInvalid(String),
    /// No semantic version.
    #[error("validation: chart.metadata.version {} is invalid", quoted(.0.as_bytes()))]
    VersionInvalid(String),
    /// Another type than the two there are.
    #[error("validation: chart.metadata.type must be application or library")]
    Type,
    /// A null among the maintainers.
    #[error("validation: maintainers must not contain empty or null nodes")]
    NullMaintainer,
    /// A null among the dependencies.
    #[error("validation: dependencies must not contain empty or null nodes")]
    NullDependency,
    /// An alias that is no name (the dependency's name).
    #[error("validation: dependency {} has disallowed characters in the alias", quoted(.0.as_bytes()))]
    Alias(String),
    /// Two dependencies with one name or alias.
    #[error("validation: more than one dependency with name or alias {}", quoted(.0.as_bytes()))]
    Duplicate(String),
}

impl Chart {
    /// Checks `Chart.yaml`; see [`Metadata::validate`].
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&mut self) -> Result<(), ValidationError> {
        self.metadata.validate()
    }
}

impl Metadata {
    /// Cleans all texts of what cannot be printed, then checks them (Helm's `Metadata.Validate`).
    ///
    /// # Errors
    /// The first rule that is broken, in Helm's order.
    ///
    /// ```
    /// let mut metadata = skiff::chart::Metadata { api_version: "v2".into(), ..Default::default() };
    /// let error = metadata.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "validation: chart.metadata.name is required");
    /// ```
    pub fn validate(&mut self) -> Result<(), ValidationError> {
        self.sanitize();
        let required = [("apiVersion", &self.api_version), ("name", &self.name)];
        if let Some((field, _)) = required.into_iter().find(|(_, text)| text.is_empty()) {
            return Err(ValidationError::Required(field));
        }
        if self.name == "." || self.name == ".." {
            return Err(ValidationError::NameNotAllowed(self.name.clone()));
        }
        if self.name.contains('/') {
            return Err(ValidationError::NameInvalid(self.name.clone()));
        }
        if self.version.is_empty() {
            return Err(ValidationError::Required("version"));
        }
        if Version::parse(&self.version).is_err() {
            return Err(ValidationError::VersionInvalid(self.version.clone()));
        }
        if !["", "application", "library"].contains(&self.chart_type.as_str()) {
            return Err(ValidationError::Type);
        }
        self.maintainers.iter_mut().for_each(Maintainer::sanitize);
        if self.origin.null_maintainer {
            return Err(ValidationError::NullMaintainer);
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&mut self) -> Result<(), ValidationError> {
        let mut seen = BTreeSet::new();
        let null = self.origin.null_dependency;
        for (i, dependency) in self.dependencies.iter_mut().enumerate() {
            if null == Some(i) {
                return Err(ValidationError::NullDependency);
            }
            dependency.validate()?;
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !seen.insert(key.clone()) {
                return Err(ValidationError::Duplicate(key.clone()));
            }
        }
        null.map_or(Ok(()), |_| Err(ValidationError::NullDependency))
    }

    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts.into_iter().chain(&mut self.sources).chain(&mut self.keywords).for_each(sanitize);
    }
}

impl Maintainer {
    fn sanitize(&mut self) {
        [&mut self.name, &mut self.email, &mut self.url].into_iter().for_each(sanitize);
    }
}

impl Dependency {
    /// Cleans all texts of what cannot be printed, then checks the alias.
    ///
    /// # Errors
    /// When the alias has other characters than letters, digits, `_` and `-`.
    pub fn validate(&mut self) -> Result<(), ValidationError> {
        let texts = [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition];
        texts.into_iter().chain(&mut self.tags).for_each(sanitize);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.alias.chars().all(allowed) {
            return Ok(());
        }
        Err(ValidationError::Alias(self.name.clone()))
    }
}

/// White space becomes a space; what cannot be printed goes.
fn sanitize(text: &mut String) {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return;
    }
    let clean = |c: char| if c.is_whitespace() { Some(' ') } else { is_print(c).then_some(c) };
    *text = text.chars().filter_map(clean).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Metadata {
        Metadata { name: "a".into(), version: "1".into(), api_version: "v2".into(), ..Metadata::default() }
    }

    fn message(change: impl FnOnce(&mut Metadata)) -> String {
        let mut metadata = sound();
        change(&mut metadata);
        metadata.validate().map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    #[test]
    fn each_rule_has_helms_words() {
        assert_eq!(message(|_| {}), "ok");
        assert_eq!(message(|m| m.name.clear()), "validation: chart.metadata.name is required");
        assert_eq!(
            message(|m| m.name = "..".into()),
            "validation: chart.metadata.name \"..\" is not allowed"
        );
        assert_eq!(message(|m| m.name = "c/d".into()), "validation: chart.metadata.name \"c/d\" is invalid");
        assert_eq!(message(|m| m.version.clear()), "validation: chart.metadata.version is required");
        assert_eq!(
            message(|m| m.version = "1x".into()),
            "validation: chart.metadata.version \"1x\" is invalid"
        );
        assert_eq!(
            message(|m| m.chart_type = "x".into()),
            "validation: chart.metadata.type must be application or library"
        );
        assert_eq!(
            message(|m| m.origin.null_maintainer = true),
            "validation: maintainers must not contain empty or null nodes"
        );
    }

    #[test]
    fn an_alias_may_not_be_used_twice() {
        let named = |name: &str, alias: &str| Dependency {
            name: name.into(),
            alias: alias.into(),
            ..Dependency::default()
        };
        assert_eq!(
            message(|m| m.dependencies = vec![named("a", ""), named("b", "a")]),
            "validation: more than one dependency with name or alias \"a\""
        );
        assert_eq!(
            message(|m| m.dependencies = vec![named("a", "a b")]),
            "validation: dependency \"a\" has disallowed characters in the alias"
        );
    }

    #[test]
    fn white_space_becomes_a_space_and_the_unprintable_goes() {
        let mut text = "a\tb\nc\u{200b}d\u{a0}e\u{7}é\u{301}".to_owned();
        sanitize(&mut text);
        assert_eq!(text, "a b cd e\u{e9}\u{301}");
    }
}
