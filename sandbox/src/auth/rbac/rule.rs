//! One rule of a role: what it allows, and what it covers of another.

use super::super::Attributes;
use serde_json::{Map, Value, json};

/// `PolicyRule`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    pub(super) verbs: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) urls: Vec<String>,
}

impl Rule {
    /// Reads a rule; what is no text is left out.
    pub(super) fn read(value: &Value) -> Self {
        let texts = |key: &str| -> Vec<String> {
            let items = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            verbs: texts("verbs"),
            groups: texts("apiGroups"),
            resources: texts("resources"),
            names: texts("resourceNames"),
            urls: texts("nonResourceURLs"),
        }
    }

    /// The rules of a role.
    pub(super) fn all(role: &Value) -> Vec<Self> {
        let rules = role.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        rules.iter().map(Self::read).collect()
    }

    /// Whether the rule allows a request: `RuleAllows`.
    pub(super) fn allows(&self, what: &Attributes) -> bool {
        if !has(&self.verbs, &what.verb) {
            return false;
        }
        if what.resource.is_none() {
            return self.urls.iter().any(|url| url_covers(url, &what.path));
        }
        let resource = what.combined();
        has(&self.groups, &what.group)
            && (has(&self.resources, &resource)
                || (!what.subresource.is_empty()
                    && self.resources.contains(&format!("*/{}", what.subresource))))
            && (self.names.is_empty() || self.names.contains(&what.name))
    }

    /// The rule as rules of one verb, one group, one resource and one name each: `BreakdownRule`.
    pub(super) fn atoms(&self) -> Vec<Self> {
        let mut atoms = Vec::new();
        let one = |text: &String| vec![text.clone()];
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let atom = Self {
                        verbs: one(verb),
                        groups: one(group),
                        resources: one(resource),
                        ..Self::default()
                    };
                    if self.names.is_empty() {
                        atoms.push(atom);
                        continue;
                    }
                    atoms.extend(self.names.iter().map(|name| Self { names: one(name), ..atom.clone() }));
                }
            }
        }
        for url in &self.urls {
            let atom = |verb| Self { verbs: one(verb), urls: one(url), ..Self::default() };
            atoms.extend(self.verbs.iter().map(atom));
        }
        atoms
    }

    /// Whether all that `atom` allows is allowed by this rule: `ruleCovers`.
    pub(super) fn covers(&self, atom: &Self) -> bool {
        let resource = |wanted: &String| {
            let any = |(_, subresource): (&str, &str)| self.resources.contains(&format!("*/{subresource}"));
            has(&self.resources, wanted) || wanted.split_once('/').is_some_and(any)
        };
        let url = |wanted: &String| self.urls.iter().any(|url| url == wanted || url_covers(url, wanted));
        atom.verbs.iter().all(|verb| has(&self.verbs, verb))
            && atom.groups.iter().all(|group| has(&self.groups, group))
            && atom.resources.iter().all(resource)
            && atom.urls.iter().all(url)
            && (self.names.is_empty()
                || (!atom.names.is_empty() && atom.names.iter().all(|name| self.names.contains(name))))
    }

    /// As errors show it: `CompactString`.
    pub(super) fn shown(&self) -> String {
        let parts = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let shown = parts.iter().filter(|(_, texts)| !texts.is_empty());
        let texts: Vec<String> = shown
            .map(|(name, texts)| format!("{name}:{}", super::super::authenticate::listed(texts)))
            .collect();
        format!("{{{}}}", texts.join(", "))
    }

    /// As `SelfSubjectRulesReview` lists it.
    pub(super) fn as_resource_rule(&self) -> Value {
        let mut rule = Map::new();
        rule.insert("verbs".to_owned(), json!(self.verbs));
        for (key, texts) in
            [("apiGroups", &self.groups), ("resources", &self.resources), ("resourceNames", &self.names)]
        {
            if !texts.is_empty() {
                rule.insert(key.to_owned(), json!(texts));
            }
        }
        Value::Object(rule)
    }
}

/// Whether a list holds a text or the star that stands for all.
fn has(texts: &[String], wanted: &str) -> bool {
    texts.iter().any(|text| text == "*" || text == wanted)
}

/// Whether a path falls under one of a rule, which may end in a star.
fn url_covers(url: &str, path: &str) -> bool {
    url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(value: Value) -> Rule {
        Rule::read(&value)
    }

    #[test]
    fn stars_and_subresources_match() {
        let mut what = Attributes::of_resource("get", "apps", "deployments");
        what.subresource = "scale".to_owned();
        for (resources, wanted) in [
            (json!(["deployments"]), false),
            (json!(["deployments/scale"]), true),
            (json!(["*/scale"]), true),
            (json!(["deployments/*"]), false),
            (json!(["*"]), true),
        ] {
            let rule = rule(json!({"apiGroups": ["apps"], "resources": resources, "verbs": ["get"]}));
            assert_eq!(rule.allows(&what), wanted, "{rule:?}");
        }
    }

    #[test]
    fn names_limit_a_rule() {
        let rule =
            rule(json!({"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["*"]}));
        let mut what = Attributes::of_resource("create", "", "pods");
        assert!(!rule.allows(&what));
        what.name = "a".to_owned();
        assert!(rule.allows(&what));
    }

    #[test]
    fn paths_match_up_to_a_star() {
        let rule = rule(json!({"nonResourceURLs": ["/healthz", "/logs/*"], "verbs": ["get"]}));
        for (path, wanted) in
            [("/healthz", true), ("/healthz/a", false), ("/logs/a/b", true), ("/logs", false)]
        {
            assert_eq!(rule.allows(&Attributes::of_path("GET", path)), wanted, "{path}");
        }
    }

    #[test]
    fn a_rule_covers_the_atoms_it_allows() {
        let owned =
            rule(json!({"apiGroups": [""], "resources": ["pods", "*/log"], "verbs": ["get", "list"]}));
        let wanted = rule(
            json!({"apiGroups": [""], "resources": ["pods/log"], "resourceNames": ["a"], "verbs": ["get"]}),
        );
        assert!(wanted.atoms().iter().all(|atom| owned.covers(atom)));
        let more = rule(json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "delete"]}));
        assert_eq!(more.atoms().iter().filter(|atom| owned.covers(atom)).count(), 1);
        assert!(!wanted.covers(&owned.atoms()[0]));
    }
}
