//! Who sends a request, and whether they may: before anything else of it is looked at.

use super::{
    Api, Body, answer, negotiate,
    options::Write,
    path::{self, Target},
    verbs::Call,
};
use crate::{
    auth::{self, Attributes, Authenticator, Impersonator, Mode, Objects},
    object::selector::FieldSelector,
    registry::{Caller, User, begun},
    status::Status,
};
use http::{Method, Request, Response, Uri, header, request::Parts};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What those are told who do not accept keys in their own form.
const NO_KEYS: &str = "406: Not Acceptable\n\nAvailable representations: application/jwk-set+json";

/// Who knows users and their rights.
#[derive(Debug)]
pub struct Access {
    /// How requests are judged.
    pub mode: Mode,
    /// Who knows the tokens.
    pub authenticator: Authenticator,
    impersonator: Impersonator,
}

impl Access {
    /// Judges by `mode` those whom `authenticator` knows.
    #[must_use]
    pub fn new(mode: Mode, authenticator: Authenticator) -> Self {
        Self { mode, authenticator, impersonator: Impersonator::default() }
    }

    /// Who sends a request with this head, by its token and by whom it acts as. Without a token only questions about
    /// health are let through, whatever roles say.
    ///
    /// # Errors
    /// 401 for a wrong token, 403 without one and where the user may not act as another, 400 for broken headers.
    pub(super) fn admit(&self, objects: &dyn Objects, head: &Parts) -> Result<User, Status> {
        let user = self.authenticator.authenticate(&head.headers, objects, Timestamp::now())?;
        let what = attributes(&head.method, &head.uri);
        if user == auth::anonymous() && !(what.resource.is_none() && auth::is_health(&what.path)) {
            return Err(what.forbidden(&user, ""));
        }
        self.impersonator.acting(self.mode, objects, user, &head.headers, &what)
    }

    /// Judges a request of `user`.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check(
        &self,
        objects: &dyn Objects,
        user: &User,
        method: &Method,
        uri: &Uri,
    ) -> Result<(), Status> {
        auth::check(self.mode, objects, user, &attributes(method, uri))
    }

    /// What OpenID clients ask to check service accounts' tokens by.
    ///
    /// # Errors
    /// 406 for those who do not accept it.
    pub(super) fn keys<B>(&self, request: &Request<B>, path: &str) -> Result<Option<Response<Body>>, Status> {
        let (issuer, headers) = (self.authenticator.issuer(), request.headers());
        match path {
            "/.well-known/openid-configuration" => {
                let host = negotiate::text(headers, header::HOST);
                let host = if host.is_empty() { "kubernetes.default.svc" } else { host };
                let body = issuer.discovery(&format!("https://{host}")).to_string();
                Ok(Some(answer(200, "application/json", body)))
            }
            "/openid/v1/jwks" => {
                let accepted = negotiate::text(headers, header::ACCEPT);
                if !accepted.is_empty() && !accepted.contains("jwk-set+json") && !accepted.contains("*/*") {
                    return Err(Status::new(406, "NotAcceptable", NO_KEYS).with_details(json!({})));
                }
                Ok(Some(answer(200, "application/jwk-set+json", issuer.keys().to_string())))
            }
            _ => Ok(None),
        }
    }
}

impl Api {
    /// Answers questions about users and rights, which are not kept.
    pub(super) fn review(
        &self,
        caller: &Caller,
        call: &Call<'_>,
        object: &Value,
    ) -> Option<Result<Value, Status>> {
        let gvr = &call.served.gvr;
        if !matches!(gvr.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io") {
            return None;
        }
        let asked = auth::Asked {
            mode: self.access.mode,
            objects: &*self.registry,
            authenticator: &self.access.authenticator,
            user: &caller.user,
            now: Timestamp::now(),
        };
        let object = begun(caller, &call.served, (call.namespace(), ""), object.clone());
        object.map_or_else(
            |refused| Some(Err(refused)),
            |object| auth::review(&asked, &gvr.resource, call.namespace(), object),
        )
    }

    /// A token for a service account.
    pub(super) fn token(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let caller = call.caller(Write::Create)?;
        let request = self.sent(&caller, call, "token", ("authentication.k8s.io", "v1", "TokenRequest"))?;
        let issuer = self.access.authenticator.issuer();
        let place = (call.namespace(), name);
        let made = auth::request_token(issuer, &*self.registry, place, &request, Timestamp::now())?;
        Ok(negotiate::write(201, wanted, &made))
    }
}

/// What a request is about, by the rules of `RequestInfoFactory`.
fn attributes(method: &Method, uri: &Uri) -> Attributes {
    let Some(target) = Target::parse(uri.path()) else {
        return Attributes::of_path(method.as_str(), uri.path());
    };
    let mut what = Attributes {
        verb: verb(method, &target).to_owned(),
        resource: Some(target.resource),
        group: target.group,
        subresource: target.subresource.unwrap_or_default(),
        namespace: target.namespace.unwrap_or_default(),
        name: target.name.unwrap_or_default(),
        path: String::new(),
    };
    if what.verb == "list" {
        let query = path::query(uri.query().unwrap_or_default());
        if query.get("watch").is_some_and(|watch| !matches!(watch.as_str(), "0" | "false")) {
            "watch".clone_into(&mut what.verb);
        }
        what.name = query.get("fieldSelector").and_then(|text| named(text)).unwrap_or_default();
    }
    what
}

fn verb(method: &Method, target: &Target) -> &'static str {
    let one = target.name.is_some();
    match *method {
        Method::GET | Method::HEAD if target.watch => "watch",
        Method::GET | Method::HEAD if one => "get",
        Method::GET | Method::HEAD => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if one => "delete",
        Method::DELETE => "deletecollection",
        _ => "",
    }
}

/// The one name that a field selector asks for.
fn named(selector: &str) -> Option<String> {
    FieldSelector::parse(selector).ok()?;
    let pairs = selector.split(',').filter_map(|pair| pair.split_once('='));
    let name =
        pairs.filter(|(key, _)| *key == "metadata.name").map(|(_, name)| name.trim_start_matches('=')).next();
    name.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(method: Method, uri: &str) -> String {
        let what = attributes(&method, &uri.parse().unwrap());
        let resource = what.resource.as_deref().unwrap_or("-");
        let Attributes { verb, group, subresource, namespace, name, path, .. } = &what;
        format!("{verb} {group}|{resource}|{subresource}|{namespace}|{name}|{path}")
    }

    #[test]
    fn requests_are_verbs_on_resources() {
        let cases = [
            (Method::GET, "/api/v1/pods", "list |pods||||"),
            (Method::GET, "/api/v1/namespaces/a/pods?watch=1", "watch |pods||a||"),
            (Method::GET, "/api/v1/namespaces/a/pods?watch=false", "list |pods||a||"),
            (Method::GET, "/api/v1/pods?watch=true&fieldSelector=metadata.name%3Dx", "watch |pods|||x|"),
            (
                Method::GET,
                "/apis/apps/v1/namespaces/a/deployments/w/scale",
                "get apps|deployments|scale|a|w|",
            ),
            (Method::POST, "/api/v1/namespaces", "create |namespaces||||"),
            (Method::DELETE, "/api/v1/namespaces/a", "delete |namespaces||a|a|"),
            (Method::DELETE, "/api/v1/namespaces/a/pods", "deletecollection |pods||a||"),
            (Method::GET, "/apis", "get |-||||/apis"),
        ];
        for (method, uri, wanted) in cases {
            assert_eq!(shown(method, uri), wanted, "{uri}");
        }
    }
}
