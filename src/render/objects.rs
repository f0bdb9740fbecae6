//! `.Capabilities` and its parts as templates see them.

use super::capabilities::{Capabilities, KubeVersion};
use crate::env::{HELM_VERSION, KUBE_CLIENT_VERSION};
use std::{any::Any, rc::Rc};
use templates_engine::{
    exec::{Call, FuncError},
    json::{self, Escape},
    value::{Object, Signature, Type, Value},
};

/// Helm's `*common.Capabilities`.
#[derive(Debug)]
pub(super) struct CapabilitiesObject {
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

impl CapabilitiesObject {
    pub(super) fn new(capabilities: &Capabilities) -> Self {
        Self {
            kube_version: Value::object(KubeVersionObject {
                version: Rc::new(capabilities.kube_version.clone()),
                addressable: true,
            }),
            api_versions: Value::object(VersionSet(capabilities.api_versions.clone())),
            helm_version: Value::object(BuildInfo),
        }
    }
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn kind_name(&self) -> &str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(self.kube_version.clone()),
            "APIVersions" => Some(self.api_versions.clone()),
            "HelmVersion" => Some(self.helm_version.clone()),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        let kube_version = match &self.kube_version {
            Value::Object(object) => object.copied(),
            _ => None,
        };
        vec![
            ("KubeVersion", kube_version.unwrap_or_default()),
            ("APIVersions", self.api_versions.clone()),
            ("HelmVersion", self.helm_version.clone()),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Copy").then(|| Signature::fixed(&[], Type::Opaque("*common.Capabilities")))
    }

    fn call_method(&self, _: &mut Call<'_>, _: &str, _: &[Value]) -> Result<Value, FuncError> {
        let (kube_version, api_versions) = (self.kube_version.clone(), self.api_versions.clone());
        Ok(Value::object(Self { kube_version, api_versions, helm_version: self.helm_version.clone() }))
    }

    fn json_text(&self) -> Option<String> {
        let part = |value: &Value| match value {
            Value::Object(object) => object.json_text().unwrap_or_else(|| text_of(&object.to_json())),
            _ => "null".to_owned(),
        };
        Some(format!(
            "{{\"KubeVersion\":{},\"APIVersions\":{},\"HelmVersion\":{}}}",
            part(&self.kube_version),
            part(&self.api_versions),
            part(&self.helm_version)
        ))
    }

    fn to_json(&self) -> serde_json::Value {
        let part = |value: &Value| match value {
            Value::Object(object) => object.to_json(),
            _ => serde_json::Value::Null,
        };
        serde_json::json!({
            "KubeVersion": part(&self.kube_version),
            "APIVersions": part(&self.api_versions),
            "HelmVersion": part(&self.helm_version),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn text_of(json: &serde_json::Value) -> String {
    json::marshal(json, Escape::Html)
}

/// Helm's `common.KubeVersion`; it prints as its normalized version where it was not copied, since its
/// methods are its pointer's.
#[derive(Debug)]
struct KubeVersionObject {
    version: Rc<KubeVersion>,
    addressable: bool,
}

impl Object for KubeVersionObject {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from(self.version.version.as_str())),
            "Major" => Some(Value::from(self.version.major.as_str())),
            "Minor" => Some(Value::from(self.version.minor.as_str())),
            _ => None,
        }
    }

    fn is_unexported(&self, name: &str) -> bool {
        name == "normalizedVersion"
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        vec![
            ("Version", Value::from(self.version.version.as_str())),
            ("normalizedVersion", Value::from(self.version.normalized.as_str())),
            ("Major", Value::from(self.version.major.as_str())),
            ("Minor", Value::from(self.version.minor.as_str())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (self.addressable && matches!(name, "GitVersion" | "String"))
            .then(|| Signature::fixed(&[], Type::String))
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, _: &[Value]) -> Result<Value, FuncError> {
        Ok(Value::from(if name == "GitVersion" {
            self.version.version.as_str()
        } else {
            self.version.display()
        }))
    }

    fn display(&self) -> Option<String> {
        self.addressable.then(|| self.version.display().to_owned())
    }

    fn copied(&self) -> Option<Value> {
        self.addressable.then(|| {
            Value::object(KubeVersionObject { version: Rc::clone(&self.version), addressable: false })
        })
    }

    fn deep_copied(&self) -> Option<Value> {
        let version = KubeVersion { normalized: String::new(), ..(*self.version).clone() };
        Some(Value::object(KubeVersionObject { version: Rc::new(version), addressable: self.addressable }))
    }

    fn json_text(&self) -> Option<String> {
        let [version, major, minor] = [&self.version.version, &self.version.major, &self.version.minor]
            .map(|text| text_of(&text.as_str().into()));
        Some(format!("{{\"Version\":{version},\"Major\":{major},\"Minor\":{minor}}}"))
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"Version": self.version.version, "Major": self.version.major, "Minor": self.version.minor})
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Helm's `common.VersionSet`.
#[derive(Debug)]
struct VersionSet(Vec<String>);

impl Object for VersionSet {
    fn type_name(&self) -> &str {
        "common.VersionSet"
    }

    fn kind_name(&self) -> &str {
        "slice"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Has").then(|| Signature::fixed(&[Type::String], Type::Bool))
    }

    fn call_method(&self, _: &mut Call<'_>, _: &str, args: &[Value]) -> Result<Value, FuncError> {
        let wanted = args.first().and_then(Value::as_str);
        Ok(Value::Bool(wanted.is_some_and(|wanted| self.0.iter().any(|v| v.as_bytes() == wanted.as_bytes()))))
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let items = self.0.iter().enumerate();
        Some(
            items
                .map(|(i, v)| (Value::int(i64::try_from(i).unwrap_or(i64::MAX)), Value::from(v.as_str())))
                .collect(),
        )
    }

    fn display(&self) -> Option<String> {
        Some(format!("[{}]", self.0.join(" ")))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn to_json(&self) -> serde_json::Value {
        self.0.iter().map(String::as_str).collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Helm's `version.BuildInfo`.
#[derive(Debug)]
struct BuildInfo;

impl Object for BuildInfo {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        vec![
            ("Version", Value::from(HELM_VERSION)),
            ("GitCommit", Value::from("")),
            ("GitTreeState", Value::from("")),
            ("GoVersion", Value::from("")),
            ("KubeClientVersion", Value::from(KUBE_CLIENT_VERSION)),
        ]
    }

    fn json_text(&self) -> Option<String> {
        let [version, client] = [HELM_VERSION, KUBE_CLIENT_VERSION].map(|text| text_of(&text.into()));
        Some(format!("{{\"version\":{version},\"kube_client_version\":{client}}}"))
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "version": HELM_VERSION,
            "kube_client_version": KUBE_CLIENT_VERSION,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
