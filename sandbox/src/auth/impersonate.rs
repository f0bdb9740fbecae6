//! Acting as somebody else: `Impersonate-User` and its kin, in the constrained modes and the old one
//! (`k8s.io/apiserver/pkg/endpoints/filters/impersonation`).

use super::{Attributes, Mode, Objects, check, service_account, user};
use crate::{registry::User, status::Status};
use http::HeaderMap;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

const AUTHENTICATION: &str = "authentication.k8s.io";
const EXTRA: &str = "impersonate-extra-";
/// Users whose way of impersonating is remembered.
const MAX_REMEMBERED: usize = 1000;

/// The ways of impersonating, in the order in which they are tried.
const WAYS: [Way; 4] = [Way::Node, Way::ServiceAccount, Way::UserInfo, Way::Legacy];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Node,
    ServiceAccount,
    UserInfo,
    Legacy,
}

/// Judges impersonation.
///
/// Of somebody who has impersonated before, the way that worked is tried first, since its refusal is the one that is told.
#[derive(Debug, Default)]
pub struct Impersonator {
    worked: Mutex<BTreeMap<String, Way>>,
}

impl Impersonator {
    /// Who acts: `requestor`, or the user that the headers name.
    ///
    /// # Errors
    /// 400 when the headers name no user but more; 403 when the requestor may not act as that user.
    pub fn acting(
        &self,
        mode: Mode,
        objects: &dyn Objects,
        requestor: User,
        headers: &HeaderMap,
        what: &Attributes,
    ) -> Result<User, Status> {
        let Some(wanted) = wanted(headers)? else { return Ok(requestor) };
        let remembered =
            self.worked.lock().unwrap_or_else(PoisonError::into_inner).get(&requestor.name).copied();
        let ways = remembered.into_iter().chain(WAYS.into_iter().filter(|way| Some(*way) != remembered));
        let mut refusal = None;
        for way in ways.filter(|way| way.applies(&wanted)) {
            match way.check(mode, objects, &requestor, &wanted, what) {
                Ok(user) => {
                    let mut worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
                    if worked.len() < MAX_REMEMBERED {
                        worked.insert(requestor.name, way);
                    }
                    return Ok(user);
                }
                Err(status) => refusal = refusal.or(Some(status)),
            }
        }
        Err(refusal.unwrap_or_else(|| Status::internal("all impersonation modes failed")))
    }
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Node => "arbitrary-node",
            Self::ServiceAccount => "serviceaccount",
            Self::UserInfo => "user-info",
            Self::Legacy => "",
        }
    }

    /// Whether this way can lead to that user.
    fn applies(self, wanted: &User) -> bool {
        let only_name = wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
        let (node, account) = (node(&wanted.name).is_some(), service_account::split(&wanted.name).is_some());
        match self {
            Self::Node => only_name && node,
            Self::ServiceAccount => only_name && account,
            Self::UserInfo => !node && !account,
            Self::Legacy => true,
        }
    }

    fn check(
        self,
        mode: Mode,
        objects: &dyn Objects,
        requestor: &User,
        wanted: &User,
        what: &Attributes,
    ) -> Result<User, Status> {
        let legacy = self == Self::Legacy;
        let verb = if legacy { "impersonate".to_owned() } else { format!("impersonate:{}", self.name()) };
        if !legacy {
            let verb = format!("impersonate-on:{}:{}", self.name(), what.verb);
            check(mode, objects, requestor, &Attributes { verb, ..what.clone() })?;
        }
        let ask = |group: &str, resource: &str, subresource: &str, name: &str| {
            let mut what = Attributes::of_resource(&verb, group, resource);
            what.subresource = subresource.to_owned();
            what.name = name.to_owned();
            check(mode, objects, requestor, &what)
        };
        let group = if legacy { "" } else { AUTHENTICATION };
        let mut actual = wanted.clone();
        match (node(&wanted.name), service_account::split(&wanted.name)) {
            (Some(name), _) if !legacy => {
                actual.groups = vec!["system:nodes".to_owned()];
                ask(group, "nodes", "", name)?;
            }
            (_, Some((namespace, name))) => {
                if wanted.groups.is_empty() {
                    actual.groups = service_account::groups(namespace);
                }
                let mut what = Attributes::of_resource(&verb, group, "serviceaccounts");
                what.namespace = namespace.to_owned();
                what.name = name.to_owned();
                check(mode, objects, requestor, &what)?;
            }
            _ => ask(group, "users", "", &wanted.name)?,
        }
        if !wanted.uid.is_empty() {
            ask(AUTHENTICATION, "uids", "", &wanted.uid)?;
        }
        wanted.groups.iter().try_for_each(|name| ask(group, "groups", "", name))?;
        for (key, values) in &wanted.extra {
            values.iter().try_for_each(|value| ask(AUTHENTICATION, "userextras", key, value))?;
        }
        Ok(user::with_group(actual))
    }
}

/// The name of a node's user.
fn node(username: &str) -> Option<&str> {
    username.strip_prefix("system:node:").filter(|name| !name.is_empty())
}

/// The user that the headers name.
fn wanted(headers: &HeaderMap) -> Result<Option<User>, Status> {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut wanted = User { name: text("impersonate-user"), uid: text("impersonate-uid"), ..User::default() };
    let texts = |name: &http::HeaderName| -> Vec<String> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    wanted.groups = texts(&http::HeaderName::from_static("impersonate-group"));
    for name in headers.keys() {
        if let Some(key) = name.as_str().strip_prefix(EXTRA) {
            wanted.extra.insert(unescaped(key), texts(name));
        }
    }
    if !wanted.name.is_empty() {
        return Ok(Some(wanted));
    }
    if wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty() {
        return Ok(None);
    }
    Err(Status::bad_request(format!("requested {} without impersonating a user name", in_go(&wanted))))
}

/// Decodes `%2f`; a key with a bad escape stays as it is.
fn unescaped(key: &str) -> String {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (Some(high), Some(low)) = (digit(0), digit(1)) else { return key.to_owned() };
        bytes.extend(u8::try_from(high * 16 + low));
        rest = &after[2..];
    }
    String::from_utf8(bytes).unwrap_or_else(|_| key.to_owned())
}

/// A user as Go's `%#v` writes it.
fn in_go(user: &User) -> String {
    let list = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
        format!("[]string{{{}}}", quoted.join(", "))
    };
    let groups = if user.groups.is_empty() { "[]string(nil)".to_owned() } else { list(&user.groups) };
    let extra = if user.extra.is_empty() {
        "map[string][]string(nil)".to_owned()
    } else {
        let pairs = user.extra.iter().map(|(key, values)| format!("{key:?}:{}", list(values)));
        format!("map[string][]string{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    };
    format!("&user.DefaultInfo{{Name:{:?}, UID:{:?}, Groups:{groups}, Extra:{extra}}}", user.name, user.uid)
}
