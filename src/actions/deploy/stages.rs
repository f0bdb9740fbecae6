//! Objects that have to be there, and ready, before others: by annotations of a release's own objects.
//!
//! Helm orders by kind and waits at the end. `skiff.sh/weight` puts objects into an order within the release, as
//! `helm.sh/hook-weight` does for hooks; `skiff.sh/depends-on` names objects of the release that must be ready before.

use super::{Deployer, Error};
use crate::client::{
    Object,
    object::tag,
    wait::{Strategy, Wait},
};
use std::collections::BTreeMap;

/// A whole number: what has a lower one is there and ready before. 0 where there is none.
pub const WEIGHT: &str = "skiff.sh/weight";
/// `KIND/NAME`, several by commas: objects of the same namespace, or of none.
pub const DEPENDS_ON: &str = "skiff.sh/depends-on";

/// Annotations that give no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A weight is no whole number.
    #[error("{object}: the annotation {WEIGHT} is no whole number: {text:?}")]
    Weight {
        /// Whose.
        object: String,
        /// What it says.
        text: String,
    },
    /// A dependency is not written as one.
    #[error("{object}: the annotation {DEPENDS_ON} is not of the form KIND/NAME: {text:?}")]
    Form {
        /// Whose.
        object: String,
        /// What it says.
        text: String,
    },
    /// A dependency is no object of the release.
    #[error("{object} depends on {on}, which is no object of this release")]
    Missing {
        /// Whose.
        object: String,
        /// On what.
        on: String,
    },
    /// A dependency comes later by its weight.
    #[error("{object} depends on {on}, which has a higher weight")]
    Later {
        /// Whose.
        object: String,
        /// On what.
        on: String,
    },
    /// Objects depend on each other.
    #[error("{object} depends on itself, by way of other objects")]
    Circle {
        /// One of them.
        object: String,
    },
}

/// The objects in stages, each in the order in which it was given. Without annotations there is one stage.
///
/// # Errors
/// When the annotations give no order.
pub fn stages(objects: &[Object]) -> Result<Vec<Vec<Object>>, OrderError> {
    let marked = |object: &Object| {
        [WEIGHT, DEPENDS_ON].iter().any(|key| tag(&object.content, "annotations", key).is_some())
    };
    if !objects.iter().any(marked) {
        return Ok(vec![objects.to_vec()]);
    }
    let weights = objects.iter().map(weight).collect::<Result<Vec<i64>, _>>()?;
    let mut before = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        before.push(dependencies(object, objects, (&weights, index))?);
    }
    let levels = levels(objects, &before)?;
    let mut stages: BTreeMap<(i64, usize), Vec<Object>> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        // What depends on nothing of its own weight stands on the first level of that weight.
        stages.entry((weights[index], levels[index])).or_default().push(object.clone());
    }
    Ok(stages.into_values().collect())
}

fn title(object: &Object) -> String {
    format!("{}/{}", object.kind(), object.name)
}

fn weight(object: &Object) -> Result<i64, OrderError> {
    let Some(text) = tag(&object.content, "annotations", WEIGHT) else { return Ok(0) };
    text.trim().parse().map_err(|_| OrderError::Weight { object: title(object), text: text.to_owned() })
}

/// The places of what an object depends on, of those that have the same weight: what has a lower one comes before anyway.
fn dependencies(
    object: &Object,
    objects: &[Object],
    (weights, own): (&[i64], usize),
) -> Result<Vec<usize>, OrderError> {
    let text = tag(&object.content, "annotations", DEPENDS_ON).unwrap_or_default();
    let mut found = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let form = || OrderError::Form { object: title(object), text: word.to_owned() };
        let (kind, name) = word.split_once('/').filter(|(_, name)| !name.contains('/')).ok_or_else(form)?;
        let here = |other: &Object| {
            let near = other.namespace.is_empty() || other.namespace == object.namespace;
            near && other.kind() == kind && other.name == name
        };
        let place = objects.iter().position(here);
        let missing = || OrderError::Missing { object: title(object), on: word.to_owned() };
        let place = place.ok_or_else(missing)?;
        if weights[place] > weights[own] {
            return Err(OrderError::Later { object: title(object), on: word.to_owned() });
        }
        if weights[place] == weights[own] {
            found.push(place);
        }
    }
    Ok(found)
}

/// How many objects stand one behind the other before each.
fn levels(objects: &[Object], before: &[Vec<usize>]) -> Result<Vec<usize>, OrderError> {
    let mut levels = vec![0; objects.len()];
    // With each round one more level is right; more rounds than objects means a circle.
    for _ in 0..=objects.len() {
        let mut changed = None;
        for (index, needed) in before.iter().enumerate() {
            let level = needed.iter().map(|place| levels[*place] + 1).max().unwrap_or(0);
            if level > levels[index] {
                levels[index] = level;
                changed = Some(index);
            }
        }
        let Some(last) = changed else { return Ok(levels) };
        if levels[last] > objects.len() {
            return Err(OrderError::Circle { object: title(&objects[last]) });
        }
    }
    let circle = levels.iter().position(|level| *level >= objects.len()).unwrap_or_default();
    Err(OrderError::Circle { object: title(&objects[circle]) })
}

impl Deployer<'_> {
    /// Applies objects stage by stage; each is ready, and its Jobs have ended, before the next one begins. `apply` gives the
    /// objects as they are called then.
    pub(super) fn in_stages(
        &self,
        objects: &[Object],
        wait: Wait,
        mut apply: impl FnMut(&[Object]) -> Result<Vec<Object>, Error>,
    ) -> Result<(), Error> {
        let stages = stages(objects)?;
        let last = stages.len().saturating_sub(1);
        for (number, stage) in stages.iter().enumerate() {
            let applied = apply(stage)?;
            if number < last {
                let strategy = match wait.strategy {
                    Strategy::HookOnly => Strategy::Watcher,
                    asked => asked,
                };
                self.await_ready(&applied, Wait { strategy, for_jobs: true, ..wait })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "stages_tests.rs"]
mod tests;
