//! A Kubernetes API in a library: what charts need of a cluster, without one.
//!
//! The modules form layers. **A module may import only what stands below it in this table**
//! (`tests/architecture.rs` of the workspace checks it).
//!
//! | module | owns |
//! |---|---|
//! | [`server`] | the sandbox on a port: TLS, HTTP, files, log |
//! | [`sandbox`] | the whole: opening, preparing, who works in it |
//! | [`controllers`] | reconcilers of the built-in kinds; garbage collection; namespaces; the runtime that drives them |
//! | [`api`] | requests, verbs, how answers look, discovery |
//! | [`definitions`] | what happens to definitions of custom resources by itself: names, establishment, end |
//! | [`admission`] | admission plugins and webhooks |
//! | [`conversion`] | custom resources between their versions, by the webhooks of definitions |
//! | [`auth`] | users, tokens, impersonation, RBAC, reviews of rights |
//! | [`registry`] | objects of all resources over the store: reading, writing, deleting, watching |
//! | [`crd`] | definitions of custom resources and the resources that they define |
//! | [`apply`] | server-side apply: field sets, managedFields, merging, conflicts |
//! | [`cel`] | the Common Expression Language with Kubernetes' libraries |
//! | [`node`] | the simulated node: scheduling, the life of pods, failures on demand, logs |
//! | [`strategy`] | built-in kinds: shape, defaults, what users may not set, validation, warnings, service addresses |
//! | [`protobuf`] | bodies in protobuf, read into JSON |
//! | [`patch`] | JSON patch, merge patch, strategic merge patch |
//! | [`table`] | tables of built-in kinds: columns and cells |
//! | [`openapi`] | OpenAPI documents of both versions |
//! | [`kinds`] | resources: their groups, versions, names, verbs |
//! | [`schema`] | types of objects: fields, list types, merge keys, defaults |
//! | [`webhook`] | posting to webhooks |
//! | [`store`] | keys and bytes with revisions, the log of late writes |
//! | [`object`] | reading and writing the metadata of objects, selectors |
//! | [`status`] | `metav1.Status`: every refusal that the API answers with |
//! | [`packed`] | recorded tables, unpacked when first asked for |
//! | [`field`] | errors of single fields, as `k8s.io/apimachinery/pkg/util/validation/field` words them |

pub mod admission;
pub mod api;
pub mod apply;
pub mod auth;
pub mod cel;
pub mod controllers;
pub mod conversion;
pub mod crd;
pub mod definitions;
pub mod field;
pub mod kinds;
pub mod node;
pub mod object;
pub mod openapi;
pub mod packed;
pub mod patch;
pub mod protobuf;
pub mod registry;
pub mod sandbox;
pub mod schema;
pub mod server;
pub mod status;
pub mod store;
pub mod strategy;
pub mod table;
pub mod webhook;

pub use sandbox::{Options, Sandbox};
