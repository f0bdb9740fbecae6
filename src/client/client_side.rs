//! Client-side apply: Helm 3's way, which Helm 4 keeps for releases that began with it.

use super::{
    Cluster,
    apply::{ApplyError, FIELD_MANAGER, body},
    error::Error,
    object::Object,
    patch, query,
    schema::Schemas,
    transport::{Method, Request},
};
use serde_json::Value;
use std::sync::Arc;

const STRATEGIC: &str = "application/strategic-merge-patch+json";
const MERGE: &str = "application/merge-patch+json";

impl Cluster {
    /// Patches an object from its last document and its live state to its new document.
    pub(super) fn patch_client_side(
        &self,
        original: &Value,
        live: &Value,
        target: &Object,
        three_way: bool,
    ) -> Result<(), ApplyError> {
        let Some(request) = self.client_side_request(original, live, target, three_way)? else {
            return Ok(());
        };
        let context = || format!("cannot patch {:?} with kind {}", target.name, target.kind());
        self.exchange(request).map(drop).map_err(|error| ApplyError::from(error).step(context()))
    }

    /// The request that patches it; nothing where the patch would be empty.
    pub(super) fn client_side_request(
        &self,
        original: &Value,
        live: &Value,
        target: &Object,
        three_way: bool,
    ) -> Result<Option<Request>, ApplyError> {
        let schemas =
            self.schemas(target).map_err(|error| ApplyError::from(error).step("failed to create patch"))?;
        let resource = &target.resource;
        let schema = schemas.built_in(&resource.group, &resource.version, &resource.kind);
        let (patch, content_type) = match schema {
            Some(schema) => (patch::strategic(original, &target.content, live, schema), STRATEGIC),
            None if three_way => (patch::json_merge_three_way(original, &target.content, live), MERGE),
            None => (patch::json_merge(original, &target.content), MERGE),
        };
        if patch.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(None);
        }
        let query = query(&[("fieldManager", FIELD_MANAGER)]);
        let request = Request::new(Method::Patch, format!("{}?{query}", target.path()))
            .with_body(content_type, body(&patch));
        Ok(Some(request))
    }

    /// The schemas of an object's group version; asked for once.
    fn schemas(&self, object: &Object) -> Result<Arc<Schemas>, Error> {
        let api_version = object.resource.api_version();
        if let Some(schemas) = super::lock(&self.schemas).get(&api_version) {
            return Ok(Arc::clone(schemas));
        }
        let root = if object.resource.group.is_empty() { "api" } else { "apis" };
        let path = format!("/openapi/v3/{root}/{api_version}");
        let document = self.exchange_raw(Request::new(Method::Get, path).unnamed())?;
        let schemas = Schemas::parse(&document).map_err(|error| Error::Answer(error.to_string()))?;
        let schemas = Arc::new(schemas);
        super::lock(&self.schemas).insert(api_version, Arc::clone(&schemas));
        Ok(schemas)
    }
}
