//! Jobs and CronJobs: `pkg/apis/batch/validation`.

use super::{cron, internal, pod};
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, matches, selector},
};
use serde_json::Value;

const MAX_INDEXED_PARALLELISM: i64 = 100_000;
const MAX_FAILED_INDEXES: i64 = 100_000;

/// A new Job, beyond metadata.
pub(super) fn job(job: &At<'_>, errors: &mut Errors) {
    generated_selector(job, errors);
    job_spec(&job.get("spec"), errors);
    indexed_name(job, errors);
}

/// `ValidateJobSpec`.
fn job_spec(spec: &At<'_>, errors: &mut Errors) {
    common(spec, errors);
    let at = spec.get("selector");
    if at.is_set() {
        selector(&at, errors);
    } else {
        errors.push(at.required(""));
    }
    let labels = spec.at("template.metadata.labels");
    if !matches(&at, &labels) {
        errors.push(labels.invalid("`selector` does not match template `labels`"));
    }
}

/// `ValidateJobUpdate`, beyond metadata.
pub(super) fn job_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    job_spec(&spec, errors);
    let (completions, were) = (spec.get("completions"), before.get("completions"));
    if spec.get("completionMode").text() != "Indexed" {
        completions.immutable(&were, errors);
    } else if completions.value != were.value
        && completions.is_set()
        && completions.number() != spec.get("parallelism").number()
    {
        errors.push(completions.invalid("can only be modified in tandem with spec.parallelism"));
    }
    spec.get("selector").immutable(&before.get("selector"), errors);
    template_update(&spec, &before, old, errors);
    let fixed = [
        ("completionMode", ""),
        ("podFailurePolicy", "batch.PodFailurePolicy"),
        ("backoffLimitPerIndex", ""),
        ("managedBy", ""),
        ("successPolicy", "batch.SuccessPolicy"),
    ];
    for (key, name) in fixed {
        if spec.get(key).value != before.get(key).value {
            errors.push(internal::immutable(&spec.get(key), name));
        }
    }
}

/// The template is fixed, but where a suspended Job's pods may run.
fn template_update(spec: &At<'_>, before: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let mut expected = before.get("template").value.clone();
    let suspended = before.get("suspend").is_true();
    let template = spec.get("template");
    if suspended && !old.at("status.startTime").is_set() && old.at("status.active").number() == 0 {
        for pointer in [
            "/spec/nodeSelector",
            "/spec/tolerations",
            "/spec/schedulingGates",
            "/spec/affinity/nodeAffinity",
            "/metadata/annotations",
            "/metadata/labels",
        ] {
            take_over(&mut expected, template.value, pointer);
        }
    }
    if *template.value != expected {
        errors.push(internal::immutable(&template, "core.PodTemplateSpec"));
    }
}

/// Sets what `pointer` names in `into` to what it is in `from`.
fn take_over(into: &mut Value, from: &Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let value = from.pointer(pointer).cloned();
    if let Some(Value::Object(map)) = into.pointer_mut(parent) {
        match value {
            Some(value) => map.insert(key.to_owned(), value),
            None => map.remove(key),
        };
    }
}

/// `validateGeneratedSelector`: the labels that tell this Job's pods from others.
fn generated_selector(job: &At<'_>, errors: &mut Errors) {
    let spec = job.get("spec");
    if spec.get("manualSelector").is_true() {
        return;
    }
    if !spec.get("selector").is_set() {
        return;
    }
    let (name, uid) = (job.at("metadata.name").text(), job.at("metadata.uid").text());
    let labels = spec.at("template.metadata.labels");
    let keys = [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ];
    for (key, expected) in keys {
        let label = labels.key(key);
        if !label.is_set() {
            errors.push(label.required(&format!("must be '{expected}'")));
        } else if label.text() != expected {
            let shown = labels.map().cloned().map_or(Value::Null, Value::Object);
            errors.push(Error::invalid(&label.path, shown, format!("must be '{expected}'")));
        }
    }
    let expected: Value = keys.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
    if !matches(&spec.get("selector"), &At::new(&expected, "")) {
        errors.push(spec.get("selector").invalid("`selector` not auto-generated"));
    }
}

/// The pods of indexed Jobs are hosts, whose names are labels.
fn indexed_name(job: &At<'_>, errors: &mut Errors) {
    let spec = job.get("spec");
    let completions = spec.get("completions").number();
    if spec.get("completionMode").text() == "Indexed" && completions > 0 {
        let name = job.at("metadata.name");
        let host = format!("{}-{}", name.text(), completions - 1);
        if !names::dns_label(&host).is_empty() {
            errors.push(
                name.invalid_text(format!("will not able to create pod with invalid DNS label: {host}")),
            );
        }
    }
}

/// `validateJobSpec`.
fn common(spec: &At<'_>, errors: &mut Errors) {
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        spec.get(key).non_negative(errors);
    }
    let per_index = spec.get("backoffLimitPerIndex");
    if spec.get("maxFailedIndexes").is_set() && !per_index.is_set() {
        errors.push(per_index.required("when maxFailedIndexes is specified"));
    }
    completion(spec, errors);
    failure_policy(spec, errors);
    let success = spec.get("successPolicy");
    if success.is_set() && spec.get("completionMode").text() != "Indexed" {
        errors.push(internal::invalid(&success, "batch.SuccessPolicy", "requires indexed completion mode"));
    } else if success.is_set() && success.get("rules").is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.push(success.get("rules").required(detail));
    }
    let replacement = spec.get("podReplacementPolicy");
    if replacement.is_set() {
        if spec.get("podFailurePolicy").is_set() {
            replacement.one_of(&["Failed"], errors);
        } else {
            replacement.one_of(&["Failed", "TerminatingOrFailed"], errors);
        }
    }
    pod::template(&spec.get("template"), errors);
    let policy = spec.at("template.spec.restartPolicy");
    match policy.text() {
        "Always" | "" => errors.push(policy.required("valid values: \"OnFailure\", \"Never\"")),
        "OnFailure" if spec.get("podFailurePolicy").is_set() => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.push(policy.invalid(detail));
        }
        _ => policy.one_of(&["OnFailure", "Never"], errors),
    }
}

fn completion(spec: &At<'_>, errors: &mut Errors) {
    let mode = spec.get("completionMode");
    let (completions, parallelism, failed) =
        (spec.get("completions"), spec.get("parallelism"), spec.get("maxFailedIndexes"));
    if mode.is_set() {
        mode.one_of(&["NonIndexed", "Indexed"], errors);
    }
    if mode.text() == "Indexed" {
        if !completions.is_set() {
            errors.push(completions.required("when completion mode is Indexed"));
        }
        if parallelism.number() > MAX_INDEXED_PARALLELISM {
            let detail = format!(
                "must be less than or equal to {MAX_INDEXED_PARALLELISM} when completion mode is Indexed"
            );
            errors.push(parallelism.invalid(detail));
        }
        if completions.is_set() && failed.number() > completions.number() {
            errors.push(failed.invalid("must be less than or equal to completions"));
        }
        if failed.number() > MAX_FAILED_INDEXES {
            errors.push(failed.invalid(format!("must be less than or equal to {MAX_FAILED_INDEXES}")));
        }
    } else if !mode.is_set() || mode.text() == "NonIndexed" {
        for key in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if spec.get(key).is_set() {
                errors.push(spec.get(key).invalid("requires indexed completion mode"));
            }
        }
    }
}

fn failure_policy(spec: &At<'_>, errors: &mut Errors) {
    const MAX_RULES: usize = 20;
    const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
    let rules = spec.at("podFailurePolicy.rules");
    if rules.len() > MAX_RULES {
        errors.push(Error::too_many(&rules.path, i64::try_from(rules.len()).ok(), 20));
    }
    for rule in rules.items() {
        let action = rule.get("action");
        match action.text() {
            "" => {
                errors.push(action.required("valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"))
            }
            "FailIndex" if !spec.get("backoffLimitPerIndex").is_set() => {
                errors.push(action.invalid("requires the backoffLimitPerIndex to be set"));
            }
            _ => action.one_of(&ACTIONS, errors),
        }
        let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
        if codes.is_set() {
            exit_codes(&codes, spec, errors);
        }
        let detail = match (codes.is_set(), conditions.is_empty()) {
            (true, false) => "specifying both OnExitCodes and OnPodConditions is not supported",
            (false, true) => "specifying one of OnExitCodes and OnPodConditions is required",
            _ => continue,
        };
        errors.push(Error::invalid(&rule.path, "", detail).without_value());
    }
}

fn exit_codes(codes: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    let (operator, values) = (codes.get("operator"), codes.get("values"));
    if operator.is_empty() {
        errors.push(operator.required("valid values: [\"In\" \"NotIn\"]"));
    } else {
        operator.one_of(&["In", "NotIn"], errors);
    }
    let container = codes.get("containerName");
    let lists = ["containers", "initContainers"].map(|list| spec.at("template.spec").get(list).items());
    let known = lists.iter().flatten().any(|other| other.get("name").text() == container.text());
    if container.is_set() && !known {
        let detail = "must be one of the container or initContainer names in the pod template";
        errors.push(container.invalid(detail));
    }
    if values.is_empty() {
        errors.push(values.invalid("at least one value is required"));
    }
}

/// A new CronJob's name leaves room for the Jobs' own.
pub(super) fn cron_job_name(object: &At<'_>, errors: &mut Errors) {
    const MAX: usize = 52;
    let name = object.at("metadata.name");
    if name.len() > MAX {
        errors.push(name.invalid(format!("must be no more than {MAX} characters")));
    }
}

/// `validateCronJobSpec`.
pub(super) fn cron_job(spec: &At<'_>, old: Option<&At<'_>>, errors: &mut Errors) {
    let (schedule, zone) = (spec.get("schedule"), spec.get("timeZone"));
    if schedule.is_empty() {
        errors.push(schedule.required(""));
    } else {
        if let Some(fault) = cron::fault(schedule.text()) {
            errors.push(schedule.invalid(fault));
        }
        let tolerated = old.is_some_and(|old| old.get("schedule").text().contains("TZ"));
        let has_zone = schedule.text().contains("TZ");
        if has_zone && tolerated && zone.is_set() {
            errors.push(schedule.invalid("cannot use both timeZone field and TZ or CRON_TZ in schedule"));
        } else if has_zone && !tolerated {
            errors.push(schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
        }
    }
    spec.get("startingDeadlineSeconds").non_negative(errors);
    if old.is_none_or(|old| old.get("timeZone").value != zone.value) {
        time_zone(&zone, errors);
    }
    let policy = spec.get("concurrencyPolicy");
    if policy.is_empty() {
        errors.push(policy.required(""));
    } else {
        policy.one_of(&["Allow", "Forbid", "Replace"], errors);
    }
    let template = spec.at("jobTemplate.spec");
    common(&template, errors);
    if template.get("selector").is_set() {
        errors.push(template.get("selector").invalid("`selector` will be auto-generated"));
    }
    if template.get("manualSelector").is_true() {
        errors.push(template.get("manualSelector").not_supported(&["nil", "false"]));
    }
    spec.get("successfulJobsHistoryLimit").non_negative(errors);
    spec.get("failedJobsHistoryLimit").non_negative(errors);
}

/// `validateTimeZone`. Which zones there are is not looked up.
fn time_zone(zone: &At<'_>, errors: &mut Errors) {
    if !zone.is_set() {
        return;
    }
    if zone.is_empty() {
        return errors.push(zone.invalid("timeZone must be nil or non-empty string"));
    }
    let odd = |part: &str| {
        let fine = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte));
        part.is_empty() || part == "." || part == ".." || part.starts_with('-') || !fine
    };
    if zone.text().split('/').any(odd) {
        return errors.push(zone.invalid(format!("unknown time zone {}", zone.text())));
    }
    if zone.text().eq_ignore_ascii_case("local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.push(zone.invalid(detail));
    }
}
