//! Missing rules as errors list them: `CompactRules`, sorted by their texts.

use super::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// The groups, resources and names that a rule's verbs are for.
type Target<'a> = (&'a [String], &'a [String], &'a [String]);

/// One line for each resource that lacks verbs, and one for each path and verb.
pub(super) fn lines(missing: &[Rule]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut simple: BTreeMap<Target<'_>, Vec<String>> = BTreeMap::new();
    for rule in missing {
        if rule.urls.is_empty() {
            let verbs = simple.entry((&rule.groups, &rule.resources, &rule.names)).or_default();
            verbs.extend(rule.verbs.iter().cloned());
        } else {
            lines.insert(rule.shown());
        }
    }
    lines.extend(simple.into_iter().map(|((groups, resources, names), verbs)| {
        let rule = Rule {
            verbs,
            groups: groups.to_vec(),
            resources: resources.to_vec(),
            names: names.to_vec(),
            urls: Vec::new(),
        };
        rule.shown()
    }));
    lines
}
