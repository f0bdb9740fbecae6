//! Tasks: what a worker looks at, and which function does.

use super::Context;
use super::drive::{cluster, garbage, network, pods, storage, workloads};
use crate::status::Status;
use std::time::Duration;

/// Which controller looks at an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// The scheduler, at a pod without a node.
    Schedule,
    /// The kubelet, at a pod on the node.
    Kubelet,
    /// Pods of jobs that nobody counts any more.
    Release,
    /// Deployments.
    Deployment,
    /// Replica sets.
    ReplicaSet,
    /// Replication controllers.
    ReplicationController,
    /// Stateful sets.
    StatefulSet,
    /// Daemon sets.
    DaemonSet,
    /// Jobs.
    Job,
    /// Cron jobs.
    CronJob,
    /// Endpoint slices and endpoints of a service.
    Endpoints,
    /// The address of a load balancer.
    LoadBalancer,
    /// The address of an ingress.
    Ingress,
    /// What each namespace has: the default service account, the root certificate.
    Accounts,
    /// The end of a namespace.
    Namespace,
    /// A service account's token in a secret.
    Token,
    /// Claims.
    Claim,
    /// Volumes.
    Volume,
    /// Disruption budgets.
    Budget,
    /// Autoscalers.
    Autoscaler,
    /// Quotas.
    Quota,
    /// Events that have had their hour.
    Expire,
    /// Owners that are gone; the name is a key of the store.
    Collect,
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// By which controller.
    pub work: Work,
    /// Where the object is.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Task {
    /// A task.
    #[must_use]
    pub fn new(work: Work, namespace: &str, name: &str) -> Self {
        Self { work, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// Where an object is, as a key of the store says it: `group/resource/namespace/name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// `apps`; empty for the core group.
    pub(super) group: &'a str,
    /// `deployments`.
    pub(super) resource: &'a str,
    /// Empty for cluster-wide objects.
    pub(super) namespace: &'a str,
    /// The object's name.
    pub(super) name: &'a str,
}

impl<'a> Place<'a> {
    /// The parts of a key.
    #[must_use]
    pub(super) fn of(key: &'a str) -> Option<Self> {
        let mut parts = key.splitn(4, '/');
        Some(Self {
            group: parts.next()?,
            resource: parts.next()?,
            namespace: parts.next()?,
            name: parts.next()?,
        })
    }
}

/// Looks at a task; gives when to look again.
///
/// # Errors
/// What the API refused: the task is tried again later.
pub(super) async fn perform(context: &Context, task: &Task) -> Result<Option<Duration>, Status> {
    let (namespace, name) = (task.namespace.as_str(), task.name.as_str());
    match task.work {
        Work::Schedule => pods::schedule(context, namespace, name).await,
        Work::Kubelet => pods::live(context, namespace, name).await,
        Work::Release => workloads::release(context, namespace, name).await,
        Work::Deployment => workloads::deployment(context, namespace, name).await,
        Work::ReplicaSet => workloads::replica_set(context, namespace, name).await,
        Work::ReplicationController => workloads::replication_controller(context, namespace, name).await,
        Work::StatefulSet => workloads::stateful_set(context, namespace, name).await,
        Work::DaemonSet => workloads::daemon_set(context, namespace, name).await,
        Work::Job => workloads::job(context, namespace, name).await,
        Work::CronJob => workloads::cron_job(context, namespace, name).await,
        Work::Endpoints => network::endpoints(context, namespace, name).await,
        Work::LoadBalancer => network::load_balancer(context, namespace, name).await,
        Work::Ingress => network::ingress(context, namespace, name).await,
        Work::Accounts => cluster::accounts(context, namespace).await,
        Work::Namespace => cluster::namespace(context, name).await,
        Work::Token => cluster::token(context, namespace, name).await,
        Work::Claim => storage::claim(context, namespace, name).await,
        Work::Volume => storage::volume(context, name).await,
        Work::Budget => cluster::budget(context, namespace, name).await,
        Work::Autoscaler => cluster::autoscaler(context, namespace, name).await,
        Work::Quota => cluster::quota(context, namespace, name).await,
        Work::Expire => cluster::expire(context, namespace, name).await,
        Work::Collect => garbage::collect(context, name).await,
    }
}
