//! How lists of built-in kinds merge, read from the server's own OpenAPI v3 document.

use serde_json::Value;
use std::collections::BTreeMap;

const REF: &str = "#/components/schemas/";

/// A group version's schemas.
pub(super) struct Schemas {
    components: BTreeMap<String, Value>,
}

/// A schema inside [`Schemas`], or nothing where the document says nothing.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    all: &'a Schemas,
    node: Option<&'a Value>,
}

impl Schemas {
    /// Reads the document at `/openapi/v3/apis/GROUP/VERSION`.
    ///
    /// # Errors
    /// When it is not such a document.
    pub(super) fn parse(document: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Document {
            #[serde(default)]
            components: Components,
        }
        #[derive(Default, serde::Deserialize)]
        struct Components {
            #[serde(default)]
            schemas: BTreeMap<String, Value>,
        }
        let document: Document = serde_json::from_slice(document)?;
        Ok(Self { components: document.components.schemas })
    }

    /// The schema of a kind that Kubernetes itself defines; custom resources have none here, because Helm
    /// merges them as plain JSON.
    pub(super) fn built_in(&self, group: &str, version: &str, kind: &str) -> Option<Schema<'_>> {
        let is_it = |schema: &Value| {
            schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array).is_some_and(|kinds| {
                kinds.iter().any(|k| k["group"] == group && k["version"] == version && k["kind"] == kind)
            })
        };
        let (name, node) = self.components.iter().find(|(_, schema)| is_it(schema))?;
        name.starts_with("io.k8s.").then_some(Schema { all: self, node: Some(node) })
    }
}

impl<'a> Schema<'a> {
    /// The schema of a field.
    pub(super) fn field(self, name: &str) -> Self {
        let resolved = self.resolve();
        let field = resolved.and_then(|node| node.get("properties")?.get(name));
        let field = field.or_else(|| resolved?.get("additionalProperties"));
        Self { node: field, ..self }
    }

    /// The schema of a list's items.
    pub(super) fn items(self) -> Self {
        Self { node: self.resolve().and_then(|node| node.get("items")), ..self }
    }

    /// The key that items of a list merge by.
    pub(super) fn merge_key(self) -> Option<&'a str> {
        self.node?.get("x-kubernetes-patch-merge-key")?.as_str()
    }

    /// Whether a strategy (`merge`, `retainKeys`) is set.
    pub(super) fn has_strategy(self, strategy: &str) -> bool {
        let strategies = self.node.and_then(|node| node.get("x-kubernetes-patch-strategy")?.as_str());
        strategies.is_some_and(|all| all.split(',').any(|one| one == strategy))
    }

    /// Follows `$ref`, also inside the `allOf` that OpenAPI v3 wraps it in to add defaults.
    fn resolve(self) -> Option<&'a Value> {
        let mut node = self.node?;
        // A chain of references in Kubernetes' documents has one link; the bound is against loops.
        for _ in 0..8 {
            let wrapped = node.get("allOf").and_then(|all| all.get(0)).unwrap_or(node);
            match wrapped.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(REF)) {
                Some(name) => node = self.all.components.get(name)?,
                None => return Some(node),
            }
        }
        None
    }
}
