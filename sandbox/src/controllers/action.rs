//! What a controller decides to do, as values: the runtime performs them in order.

use crate::kinds::Gvr;
use crate::object::{name, namespace};
use serde_json::{Value, json};
use std::time::Duration;

/// A built-in resource that controllers work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// `apps`; empty for the core group.
    pub group: &'static str,
    /// `v1`.
    pub version: &'static str,
    /// `deployments`.
    pub resource: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
}

impl Known {
    /// As the registry names it.
    #[must_use]
    pub fn gvr(self) -> Gvr {
        Gvr::new(self.group, self.version, self.resource)
    }

    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(self) -> String {
        self.gvr().api_version()
    }

    /// Whether an object's `kind` and the group of its `apiVersion` are these.
    #[must_use]
    pub fn is(self, object: &Value) -> bool {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        object["kind"] == self.kind
            && api_version.split_once('/').map_or("", |(group, _)| group) == self.group
    }
}

macro_rules! known {
    ($($name:ident = $group:literal $version:literal $resource:literal $kind:literal;)*) => {
        $(#[doc = concat!("`", $resource, "` of the group `", $group, "`.")]
        pub const $name: Known = Known { group: $group, version: $version, resource: $resource, kind: $kind };)*
        /// Every resource that controllers look at.
        pub const KNOWN: &[Known] = &[$($name),*];
    };
}

known! {
    PODS = "" "v1" "pods" "Pod";
    NODES = "" "v1" "nodes" "Node";
    NAMESPACES = "" "v1" "namespaces" "Namespace";
    SERVICES = "" "v1" "services" "Service";
    ENDPOINTS = "" "v1" "endpoints" "Endpoints";
    EVENTS = "" "v1" "events" "Event";
    CONFIG_MAPS = "" "v1" "configmaps" "ConfigMap";
    SECRETS = "" "v1" "secrets" "Secret";
    SERVICE_ACCOUNTS = "" "v1" "serviceaccounts" "ServiceAccount";
    CLAIMS = "" "v1" "persistentvolumeclaims" "PersistentVolumeClaim";
    VOLUMES = "" "v1" "persistentvolumes" "PersistentVolume";
    QUOTAS = "" "v1" "resourcequotas" "ResourceQuota";
    REPLICATION_CONTROLLERS = "" "v1" "replicationcontrollers" "ReplicationController";
    DEPLOYMENTS = "apps" "v1" "deployments" "Deployment";
    REPLICA_SETS = "apps" "v1" "replicasets" "ReplicaSet";
    STATEFUL_SETS = "apps" "v1" "statefulsets" "StatefulSet";
    DAEMON_SETS = "apps" "v1" "daemonsets" "DaemonSet";
    REVISIONS = "apps" "v1" "controllerrevisions" "ControllerRevision";
    JOBS = "batch" "v1" "jobs" "Job";
    CRON_JOBS = "batch" "v1" "cronjobs" "CronJob";
    ENDPOINT_SLICES = "discovery.k8s.io" "v1" "endpointslices" "EndpointSlice";
    INGRESSES = "networking.k8s.io" "v1" "ingresses" "Ingress";
    BUDGETS = "policy" "v1" "poddisruptionbudgets" "PodDisruptionBudget";
    AUTOSCALERS = "autoscaling" "v2" "horizontalpodautoscalers" "HorizontalPodAutoscaler";
    STORAGE_CLASSES = "storage.k8s.io" "v1" "storageclasses" "StorageClass";
}

/// The scheduler's name in events.
pub const SCHEDULER: &str = "default-scheduler";
/// The kubelet's name in events.
pub const KUBELET: &str = "kubelet";

/// An event to be recorded: what `kubectl describe` shows below an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The object that the event is about, as an `ObjectReference`.
    pub about: Value,
    /// `deployment-controller`.
    pub component: &'static str,
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// `ScalingReplicaSet`.
    pub reason: String,
    /// The text. In the notes of an [`Action`], `{}` stands for the object's name or the error.
    pub message: String,
}

impl Note {
    /// A `Normal` event about `object`.
    pub fn normal(component: &'static str, object: &Value, reason: &str, message: impl Into<String>) -> Self {
        Self {
            about: reference(object),
            component,
            warning: false,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    /// A `Warning` event about `object`.
    pub fn warning(
        component: &'static str,
        object: &Value,
        reason: &str,
        message: impl Into<String>,
    ) -> Self {
        Self { warning: true, ..Self::normal(component, object, reason, message) }
    }

    /// With a path inside the object, as the kubelet names containers: `spec.containers{web}`.
    #[must_use]
    pub fn at(mut self, field_path: &str) -> Self {
        if !field_path.is_empty() {
            self.about["fieldPath"] = field_path.into();
        }
        self
    }
}

/// `reference.GetReference`: how an event names its object.
#[must_use]
pub fn reference(object: &Value) -> Value {
    let mut reference =
        json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "name": name(object)});
    for (field, value) in [
        ("namespace", namespace(object)),
        ("uid", crate::object::uid(object)),
        ("resourceVersion", crate::object::text(object, &["metadata", "resourceVersion"])),
    ] {
        if !value.is_empty() {
            reference[field] = value.into();
        }
    }
    reference
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Create the object; on success and on failure these notes are recorded.
    Create {
        /// Of this resource.
        of: Known,
        /// With its namespace.
        object: Value,
        /// `{}` stands for the created object's name.
        done: Option<Note>,
        /// `{}` stands for the error.
        failed: Option<Note>,
    },
    /// Replace the object, or a subresource of it.
    Update {
        /// Of this resource.
        of: Known,
        /// `status`, for instance.
        part: Option<&'static str>,
        /// With the resource version that was read.
        object: Value,
    },
    /// Merge this patch into an object.
    Merge {
        /// Of this resource.
        of: Known,
        /// `status`, for instance.
        part: Option<&'static str>,
        /// Where it is; empty for cluster-wide objects.
        namespace: String,
        /// Its name.
        name: String,
        /// RFC 7386.
        patch: Value,
    },
    /// Delete the object.
    Delete {
        /// Of this resource.
        of: Known,
        /// The object as it was read: its name, namespace and uid count.
        object: Value,
        /// Recorded on success.
        done: Option<Note>,
    },
    /// Record an event.
    Tell(Note),
    /// Look again after this time.
    Again(Duration),
}

impl Action {
    /// Create without notes.
    #[must_use]
    pub fn create(of: Known, object: Value) -> Self {
        Self::Create { of, object, done: None, failed: None }
    }

    /// Replace the main part.
    #[must_use]
    pub fn update(of: Known, object: Value) -> Self {
        Self::Update { of, part: None, object }
    }

    /// Replace the status.
    #[must_use]
    pub fn status(of: Known, object: Value) -> Self {
        Self::Update { of, part: Some("status"), object }
    }

    /// Replace the status with this one where it differs from what is there.
    #[must_use]
    pub fn status_of(of: Known, object: &Value, status: Value) -> Option<Self> {
        (object.get("status") != Some(&status)).then(|| {
            let mut object = object.clone();
            object["status"] = status;
            Self::status(of, object)
        })
    }

    /// Delete without a note.
    #[must_use]
    pub fn delete(of: Known, object: &Value) -> Self {
        Self::Delete { of, object: object.clone(), done: None }
    }

    /// Merge a patch into the object's main part.
    #[must_use]
    pub fn merge(of: Known, object: &Value, patch: Value) -> Self {
        Self::Merge {
            of,
            part: None,
            namespace: namespace(object).to_owned(),
            name: name(object).to_owned(),
            patch,
        }
    }

    /// Look again after so many seconds.
    #[must_use]
    pub fn again(seconds: u64) -> Self {
        Self::Again(Duration::from_secs(seconds))
    }
}
