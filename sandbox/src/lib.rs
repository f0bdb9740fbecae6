//! A Kubernetes API in a library: what charts need of a cluster, without one.
//!
//! The modules form layers. **A module may import only what stands below it in this table**
//! (`tests/architecture.rs` of the workspace checks it).
//!
//! | module | owns |
//! |---|---|
//! | [`strategy`] | built-in kinds: shape, defaults, what users may not set, validation, warnings, service addresses |
//! | [`patch`] | JSON patch, merge patch, strategic merge patch |
//! | [`kinds`] | resources: their groups, versions, names, verbs |
//! | [`schema`] | types of objects: fields, list types, merge keys, defaults |
//! | [`object`] | reading and writing the metadata of objects |
//! | [`status`] | `metav1.Status`: every refusal that the API answers with |
//! | [`field`] | errors of single fields, as `k8s.io/apimachinery/pkg/util/validation/field` words them |

pub mod field;
pub mod kinds;
pub mod object;
pub mod patch;
pub mod schema;
pub mod status;
pub mod strategy;
