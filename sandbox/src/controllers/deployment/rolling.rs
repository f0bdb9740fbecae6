//! Rolling updates: the new replica set grows and the old ones shrink within maxSurge and maxUnavailable.

use super::sets::{MAXIMUM, max_surge, max_unavailable, new_size, size, status_sum};
use super::{Plan, Which, status};
use crate::controllers::hash::replicas;
use crate::object::edit::{annotation, int, time};
use serde_json::Value;
use skiff_compact::Order;

impl Plan<'_> {
    /// One step of the rollout: `rolloutRolling`.
    pub(super) fn roll(&mut self) {
        let made = self.new.is_none();
        if !self.sync_revision(true) {
            return;
        }
        // A set that is only now made has no status yet; its creation brings the deployment here again.
        if !made && !self.grow() && !self.shrink() && status::complete(self.before, &self.before["status"]) {
            self.clean_up();
        }
        self.rollout_status();
    }

    /// `reconcileNewReplicaSet`: says whether the new set changed its size.
    fn grow(&mut self) -> bool {
        let Some(present) = self.new.as_ref().map(replicas) else { return false };
        let wanted = replicas(self.before);
        let to = match present.cmp(&wanted) {
            std::cmp::Ordering::Equal => return false,
            std::cmp::Ordering::Greater => wanted,
            std::cmp::Ordering::Less => new_size(self.before, present, present + size(&self.old)),
        };
        self.scale_set(Which::New, to, false)
    }

    /// `reconcileOldReplicaSets`: says whether an old set changed its size.
    fn shrink(&mut self) -> bool {
        let old = size(&self.old);
        let Some(new) = self.new.as_ref().filter(|_| old > 0) else { return false };
        let available = |one: &Value| int(one, &["status", "availableReplicas"]).unwrap_or(0);
        let minimum = replicas(self.before) - max_unavailable(self.before);
        let new_unavailable = replicas(new) - available(new);
        let room = old + replicas(new) - minimum - new_unavailable;
        if room <= 0 {
            return false;
        }
        let unhealthy = self.shrink_unhealthy(room);
        let all_available = status_sum(self.old.iter().chain(&self.new), "availableReplicas");
        let healthy = self.shrink_healthy(all_available - minimum);
        unhealthy || healthy
    }

    /// Pods that are not available go first, since nothing is lost with them: `cleanupUnhealthyReplicas`.
    fn shrink_unhealthy(&mut self, mut room: i64) -> bool {
        let mut any = false;
        for place in 0..self.old.len() {
            let present = replicas(&self.old[place]);
            let available = int(&self.old[place], &["status", "availableReplicas"]).unwrap_or(0);
            let fewer = room.min(present - available);
            if room <= 0 {
                break;
            }
            if present == 0 || fewer <= 0 {
                continue;
            }
            any |= self.scale_set(Which::Old(place), present - fewer, false);
            room -= fewer;
        }
        any
    }

    /// `scaleDownOldReplicaSetsForRollingUpdate`.
    fn shrink_healthy(&mut self, mut room: i64) -> bool {
        let mut any = false;
        for place in 0..self.old.len() {
            let present = replicas(&self.old[place]);
            if room <= 0 {
                break;
            }
            let fewer = room.min(present);
            if fewer > 0 {
                any |= self.scale_set(Which::Old(place), present - fewer, false);
                room -= fewer;
            }
        }
        any
    }

    /// Spreads a change of the deployment's size over its active sets, by their sizes.
    pub(super) fn scale_in_proportion(&mut self, old: &[usize], new: bool) {
        let wanted = replicas(self.before);
        let mut all: Vec<Which> = old.iter().map(|place| Which::Old(*place)).collect();
        all.extend(new.then_some(Which::New));
        let allowed = if wanted > 0 { wanted + max_surge(self.before) } else { 0 };
        let add = allowed - all.iter().filter_map(|which| self.at(*which)).map(replicas).sum::<i64>();
        self.sort_by_size(&mut all, add > 0);
        let mut added = 0;
        let mut sizes: Vec<i64> = Vec::new();
        for which in &all {
            let Some(one) = self.at(*which) else { continue };
            let part = self.proportion(one, add, added);
            added += part;
            sizes.push(replicas(one) + part);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + add - added).max(0);
        }
        for (which, to) in all.into_iter().zip(sizes) {
            self.scale_set(which, to, true);
        }
    }

    fn at(&self, which: Which) -> Option<&Value> {
        match which {
            Which::New => self.new.as_ref(),
            Which::Old(place) => self.old.get(place),
        }
    }

    /// The largest first; of equal ones the newer first when growing, the older first when shrinking.
    fn sort_by_size(&self, all: &mut [Which], growing: bool) {
        all.order_by(|a, b| {
            let key = |which: &Which| {
                let one = self.at(*which);
                (one.map_or(0, replicas), one.and_then(|one| time(one, &["metadata", "creationTimestamp"])))
            };
            let ((size_a, age_a), (size_b, age_b)) = (key(a), key(b));
            size_b.cmp(&size_a).then(if growing { age_b.cmp(&age_a) } else { age_a.cmp(&age_b) })
        });
    }

    /// `GetReplicaSetProportion`.
    fn proportion(&self, one: &Value, add: i64, added: i64) -> i64 {
        let present = replicas(one);
        if present == 0 || add == 0 || add == added {
            return 0;
        }
        let wanted = replicas(self.before);
        let fraction = if wanted == 0 {
            -present
        } else {
            let before = annotation(one, MAXIMUM)
                .and_then(|text| text.parse::<i64>().ok())
                .filter(|before| *before > 0)
                .unwrap_or_else(|| int(self.before, &["status", "replicas"]).unwrap_or(0));
            if before == 0 {
                0
            } else {
                rounded(present * (wanted + max_surge(self.before)), before) - present
            }
        };
        if add > 0 { fraction.min(add - added) } else { fraction.max(add - added) }
    }
}

/// `a / b`, rounded half up; both are not negative.
fn rounded(a: i64, b: i64) -> i64 {
    (2 * a + b) / (2 * b)
}
