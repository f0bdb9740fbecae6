//! Questions about users and their rights, which are answered and not kept: the kinds of `authentication.k8s.io` and
//! `authorization.k8s.io`.

use super::{Attributes, Authenticator, Mode, Objects, authorize, rbac, request, user};
use crate::{
    field,
    object::{self, selector::LabelSelector},
    registry::User,
    status::Status,
    strategy,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

const AUTHORIZATION: &str = "authorization.k8s.io";

/// Whom a review asks, and who asks it.
pub struct Asked<'a> {
    /// How requests are judged.
    pub mode: Mode,
    /// What is read.
    pub objects: &'a dyn Objects,
    /// Who knows the tokens.
    pub authenticator: &'a Authenticator,
    /// Who asks.
    pub user: &'a User,
    /// When.
    pub now: Timestamp,
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").field("mode", &self.mode).field("user", &self.user).finish_non_exhaustive()
    }
}

/// Answers the creation of `object`, whose resource is `resource`; `None` when that is no review.
///
/// # Errors
/// As the real server: 400 or 422 for questions that make no sense.
pub fn review(
    asked: &Asked<'_>,
    resource: &str,
    namespace: &str,
    object: Value,
) -> Option<Result<Value, Status>> {
    Some(match resource {
        "tokenreviews" => token(asked, object),
        "selfsubjectreviews" => Ok(who(asked, &object)),
        "selfsubjectaccessreviews" => access(asked, object, Subject::Oneself),
        "subjectaccessreviews" => access(asked, object, Subject::Named),
        "localsubjectaccessreviews" => access(asked, object, Subject::NamedIn(namespace)),
        "selfsubjectrulesreviews" => rules(asked, &object),
        _ => return None,
    })
}

/// Whose rights a review asks about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject<'a> {
    Oneself,
    Named,
    NamedIn(&'a str),
}

fn token(asked: &Asked<'_>, mut review: Value) -> Result<Value, Status> {
    let token = object::text(&review, &["spec", "token"]);
    if token.is_empty() {
        return Err(Status::bad_request("token is required for TokenReview in authentication"));
    }
    let given = object::at(&review, &["spec", "audiences"]).and_then(Value::as_array);
    let mut audiences: Vec<String> =
        given.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if audiences.is_empty() {
        audiences.push(super::AUDIENCE.to_owned());
    }
    let status = match asked.authenticator.review(token, &audiences, asked.objects, asked.now) {
        Ok((user, audiences)) => {
            json!({"authenticated": true, "user": user::to_json(&user), "audiences": audiences})
        }
        Err(refused) => json!({"user": {}, "error": refused.0}),
    };
    complete(&mut review, status);
    Ok(review)
}

fn who(asked: &Asked<'_>, review: &Value) -> Value {
    json!({
        "kind": "SelfSubjectReview", "apiVersion": object::text(review, &["apiVersion"]),
        "metadata": {"creationTimestamp": request::whole(asked.now)},
        "status": {"userInfo": user::to_json(asked.user)},
    })
}

fn rules(asked: &Asked<'_>, review: &Value) -> Result<Value, Status> {
    let namespace = object::text(review, &["spec", "namespace"]);
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let mut status = rbac::rules_review(asked.objects, asked.user, namespace);
    if asked.mode == Mode::AlwaysAllow {
        status["resourceRules"] = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
        status["nonResourceRules"] = json!([{"verbs": ["*"], "nonResourceURLs": ["*"]}]);
    }
    Ok(json!({
        "kind": "SelfSubjectRulesReview", "apiVersion": object::text(review, &["apiVersion"]),
        "metadata": {}, "spec": {}, "status": status,
    }))
}

fn access(asked: &Asked<'_>, mut review: Value, subject: Subject<'_>) -> Result<Value, Status> {
    let spec = review.get("spec").cloned().unwrap_or_default();
    let errors = access_errors(&review, &spec, subject);
    if !errors.is_empty() {
        return Err(Status::invalid(AUTHORIZATION, "", "", &errors));
    }
    let named;
    let user = if subject == Subject::Oneself {
        asked.user
    } else {
        named = described(&spec);
        &named
    };
    let decision = authorize(asked.mode, asked.objects, user, &attributes(&spec));
    let mut status = Map::new();
    status.insert("allowed".to_owned(), decision.allowed.into());
    if !decision.reason.is_empty() {
        status.insert("reason".to_owned(), decision.reason.into());
    }
    let raw = object::text(&spec, &["resourceAttributes", "labelSelector", "rawSelector"]);
    if LabelSelector::parse(raw).is_err() {
        let why = "spec.resourceAttributes.labelSelector ignored due to parse error";
        status.insert("evaluationError".to_owned(), why.into());
    }
    complete(&mut review, Value::Object(status));
    Ok(review)
}

/// What `pkg/apis/authorization/validation` finds wrong.
fn access_errors(review: &Value, spec: &Value, subject: Subject<'_>) -> Vec<field::Error> {
    let given = |key: &str| spec.get(key).filter(|value| !value.is_null());
    let (resource, path) = (given("resourceAttributes"), given("nonResourceAttributes"));
    let mut errors = Vec::new();
    if let (Some(_), Some(path)) = (resource, path) {
        let why = "cannot be specified in combination with resourceAttributes";
        errors.push(field::Error::invalid("spec.nonResourceAttributes", internal(path), why));
    }
    if resource.is_none() && path.is_none() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        errors.push(field::Error::invalid("spec.resourceAttributes", Value::Null, why));
    }
    let groups = given("groups").and_then(Value::as_array).is_some_and(|groups| !groups.is_empty());
    if subject != Subject::Oneself && object::text(spec, &["user"]).is_empty() && !groups {
        let why = "at least one of user or group must be specified";
        errors.push(field::Error::invalid("spec.user", "", why));
    }
    for kind in ["fieldSelector", "labelSelector"] {
        selector_errors(resource.and_then(|resource| resource.get(kind)), kind, &mut errors);
    }
    metadata_errors(review, subject, &mut errors);
    if let Subject::NamedIn(_) = subject {
        local_errors(review, resource, path, &mut errors);
    }
    errors
}

fn selector_errors(selector: Option<&Value>, kind: &str, errors: &mut Vec<field::Error>) {
    let Some(selector) = selector.filter(|selector| !selector.is_null()) else { return };
    let path = format!("spec.resourceAttributes.{kind}");
    let raw = object::text(selector, &["rawSelector"]);
    let listed = selector.get("requirements").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    match (raw.is_empty(), listed) {
        (false, true) => {
            let why = "may not specified at the same time as requirements";
            errors.push(field::Error::invalid(format!("{path}.rawSelector"), raw, why));
        }
        (true, false) => {
            let why = format!("when {path} is specified, requirements or rawSelector is required");
            errors.push(field::Error::required(format!("{path}.requirements"), why));
        }
        _ => {}
    }
}

fn metadata_errors(review: &Value, subject: Subject<'_>, errors: &mut Vec<field::Error>) {
    let given = review.get("metadata").cloned().unwrap_or_default();
    let mut metadata = given.clone();
    let local = matches!(subject, Subject::NamedIn(_));
    if let Some(fields) = metadata.as_object_mut() {
        fields.remove("managedFields");
        if local {
            fields.remove("namespace");
        }
    }
    if metadata.as_object().is_some_and(|fields| !fields.is_empty()) {
        let why = if local { "must be empty except for namespace" } else { "must be empty" };
        let mut error = field::Error::invalid("metadata", "", "").without_value();
        error.detail = format!("{}: {why}", strategy::metadata_text(&given));
        errors.push(error);
    }
}

fn local_errors(
    review: &Value,
    resource: Option<&Value>,
    path: Option<&Value>,
    errors: &mut Vec<field::Error>,
) {
    let asked = resource.map(|resource| object::text(resource, &["namespace"]));
    if let Some(asked) = asked.filter(|asked| *asked != object::namespace(review)) {
        let why = "must match metadata.namespace";
        errors.push(field::Error::invalid("spec.resourceAttributes.namespace", asked, why));
    }
    if let Some(path) = path {
        let why = "disallowed on this kind of request";
        errors.push(field::Error::invalid("spec.nonResourceAttributes", internal(path), why));
    }
}

/// `nonResourceAttributes` as Go's internal type is written.
fn internal(path: &Value) -> Value {
    json!({"Path": object::text(path, &["path"]), "Verb": object::text(path, &["verb"])})
}

/// The user that a review describes.
fn described(spec: &Value) -> User {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let extra = spec.get("extra").and_then(Value::as_object).into_iter().flatten();
    User {
        name: object::text(spec, &["user"]).to_owned(),
        uid: object::text(spec, &["uid"]).to_owned(),
        groups: spec.get("groups").map(texts).unwrap_or_default(),
        extra: extra.map(|(key, values)| (key.clone(), texts(values))).collect(),
    }
}

fn attributes(spec: &Value) -> Attributes {
    let text = |kind: &str, key: &str| object::text(spec, &[kind, key]).to_owned();
    let resource = spec.get("resourceAttributes").is_some_and(|resource| !resource.is_null());
    if !resource {
        let kind = "nonResourceAttributes";
        return Attributes { verb: text(kind, "verb"), path: text(kind, "path"), ..Attributes::default() };
    }
    let kind = "resourceAttributes";
    Attributes {
        verb: text(kind, "verb"),
        resource: Some(text(kind, "resource")),
        group: text(kind, "group"),
        subresource: text(kind, "subresource"),
        namespace: text(kind, "namespace"),
        name: text(kind, "name"),
        path: String::new(),
    }
}

/// The review with its answer.
fn complete(review: &mut Value, status: Value) {
    if !review.get("metadata").is_some_and(Value::is_object) {
        review["metadata"] = json!({});
    }
    review["status"] = status;
}
