//! Security contexts of pods and containers.

use crate::{
    field::Error,
    strategy::check::{At, Errors},
};

/// The greatest user and group.
const MAX_ID: i64 = i32::MAX as i64;

fn ids(context: &At<'_>, keys: &[&str], errors: &mut Errors) {
    for key in keys {
        if context.get(key).is_set() {
            context.get(key).between(0, MAX_ID, errors);
        }
    }
}

/// `validatePodSpecSecurityContext`.
pub(super) fn of_pod(context: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    ids(context, &["fsGroup", "runAsUser", "runAsGroup"], errors);
    for group in context.get("supplementalGroups").items() {
        group.between(0, MAX_ID, errors);
    }
    let share = spec.get("shareProcessNamespace");
    if share.is_true() && spec.get("hostPID").is_true() {
        let at = At { value: share.value, path: context.get("shareProcessNamespace").path };
        errors.push(at.invalid("ShareProcessNamespace and HostPID cannot both be enabled"));
    }
    sysctls(&context.get("sysctls"), errors);
    let policies: [(&str, &[&str]); 1] = [("fsGroupChangePolicy", &["Always", "OnRootMismatch"])];
    for (key, allowed) in policies {
        if context.get(key).is_set() {
            context.get(key).one_of(allowed, errors);
        }
    }
    seccomp(&context.get("seccompProfile"), errors);
    apparmor(&context.get("appArmorProfile"), errors);
    if context.get("supplementalGroupsPolicy").is_set() {
        context.get("supplementalGroupsPolicy").one_of(&["Merge", "Strict"], errors);
    }
    if context.get("seLinuxChangePolicy").is_set() {
        context.get("seLinuxChangePolicy").one_of(&["MountOption", "Recursive"], errors);
    }
}

/// `ValidateSecurityContext`.
pub(super) fn of_container(context: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    if !context.is_set() {
        return;
    }
    ids(context, &["runAsUser", "runAsGroup"], errors);
    let mount = context.get("procMount");
    if mount.is_set() {
        mount.one_of(&["Default", "Unmasked"], errors);
        let host_users = spec.get("hostUsers").value.as_bool().unwrap_or(true);
        if host_users && mount.text() == "Unmasked" {
            errors.push(mount.invalid("`hostUsers` must be false to use `Unmasked`"));
        }
    }
    seccomp(&context.get("seccompProfile"), errors);
    if context.get("allowPrivilegeEscalation").value == false {
        if context.get("privileged").is_true() {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.push(super::super::internal::invalid(context, "core.SecurityContext", detail));
        }
        for capability in context.at("capabilities.add").items() {
            if capability.text() == "CAP_SYS_ADMIN" {
                let detail =
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
                errors.push(super::super::internal::invalid(context, "core.SecurityContext", detail));
            }
        }
    }
    apparmor(&context.get("appArmorProfile"), errors);
}

fn sysctls(sysctls: &At<'_>, errors: &mut Errors) {
    const MAX: usize = 253;
    const FORM: &str = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    let mut known: Vec<String> = Vec::new();
    for sysctl in sysctls.items() {
        let name = sysctl.get("name");
        let word = |part: &str| {
            let bytes = part.as_bytes();
            let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            bytes.first().is_some_and(plain)
                && bytes.last().is_some_and(plain)
                && bytes.iter().all(|byte| plain(byte) || *byte == b'-' || *byte == b'_')
        };
        if name.is_empty() {
            errors.push(name.required(""));
        } else if name.len() > MAX || !name.text().split(['.', '/']).all(word) {
            errors.push(name.invalid(format!("must have at most {MAX} characters and match regex ^{FORM}$")));
        } else if known.iter().any(|other| *other == name.text().replace('/', ".")) {
            errors.push(name.duplicate());
        }
        known.push(name.text().replace('/', "."));
    }
}

/// `validateSeccompProfileField`.
fn seccomp(profile: &At<'_>, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.get("type"), profile.get("localhostProfile"));
    if kind.is_empty() {
        errors.push(kind.required("type is required when seccompProfile is set"));
    } else {
        kind.one_of(&["Localhost", "RuntimeDefault", "Unconfined"], errors);
    }
    match (kind.text(), local.is_set()) {
        ("Localhost", false) => errors.push(local.required("must be set when seccomp type is Localhost")),
        ("Localhost", true) => super::volume::descending(&local, errors),
        (_, true) => {
            let detail = "can only be set when seccomp type is Localhost";
            let shown = At { value: profile.value, path: local.path };
            errors.push(super::super::internal::invalid(&shown, "core.SeccompProfile", detail));
        }
        (_, false) => {}
    }
}

/// `ValidateAppArmorProfileField`.
fn apparmor(profile: &At<'_>, errors: &mut Errors) {
    const MAX_PATH: usize = 4095;
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.get("type"), profile.get("localhostProfile"));
    match kind.text() {
        "Localhost" => {
            if local.text().trim() != local.text() {
                errors.push(local.invalid("must not be padded with whitespace"));
            } else if local.is_empty() {
                errors.push(local.required("must be set when AppArmor type is Localhost"));
            }
            if local.len() > MAX_PATH {
                errors.push(Error::too_long(&local.path, 4095));
            }
        }
        "RuntimeDefault" | "Unconfined" if local.is_set() => {
            errors.push(local.invalid("can only be set when AppArmor type is Localhost"));
        }
        "RuntimeDefault" | "Unconfined" => {}
        "" => errors.push(kind.required("type is required when appArmorProfile is set")),
        _ => kind.one_of(&["Localhost", "RuntimeDefault", "Unconfined"], errors),
    }
}
