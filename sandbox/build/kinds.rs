//! The types that the API serves; what they refer to comes along.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

macro_rules! types {
    ($generator:ident: $($($module:ident)::+ { $($name:ident)+ })+) => {
        $({
            use k8s_openapi::$($module)::+ as of;
            $($generator.subschema_for::<of::$name>();)+
        })+
    };
}

/// All types by name, as JSON schemas.
pub(crate) fn schemas() -> Map<String, Value> {
    let mut generator = SchemaSettings::openapi3().into_generator();
    core(&mut generator);
    extensions(&mut generator);
    generator.take_definitions(false)
}

fn core(generator: &mut SchemaGenerator) {
    types! { generator:
        api::core::v1 {
            Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolumeClaim
            PersistentVolume Pod PodTemplate ReplicationController ResourceQuota Secret ServiceAccount Service
        }
        api::apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
        api::authentication::v1 { TokenRequest SelfSubjectReview TokenReview }
        api::authorization::v1 {
            LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
        }
        api::autoscaling::v1 { Scale HorizontalPodAutoscaler }
        api::autoscaling::v2 { HorizontalPodAutoscaler }
        api::batch::v1 { CronJob Job }
        api::events::v1 { Event }
        api::networking::v1 { IngressClass Ingress IPAddress NetworkPolicy ServiceCIDR }
        api::policy::v1 { Eviction PodDisruptionBudget }
        api::rbac::v1 { ClusterRoleBinding ClusterRole RoleBinding Role }
        apimachinery::pkg::apis::meta::v1 {
            APIGroup APIGroupList APIResourceList APIVersions DeleteOptions ListMeta Patch Status
        }
        apimachinery::pkg::version { Info }
    }
}

fn extensions(generator: &mut SchemaGenerator) {
    types! { generator:
        api::admissionregistration::v1 {
            MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
            ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
        }
        api::certificates::v1 { CertificateSigningRequest }
        api::coordination::v1 { Lease }
        api::discovery::v1 { EndpointSlice }
        api::flowcontrol::v1 { FlowSchema PriorityLevelConfiguration }
        api::node::v1 { RuntimeClass }
        api::resource::v1 { DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice }
        api::scheduling::v1 { PriorityClass }
        api::storage::v1 {
            CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass
        }
        apiextensions_apiserver::pkg::apis::apiextensions::v1 { CustomResourceDefinition }
        kube_aggregator::pkg::apis::apiregistration::v1 { APIService }
    }
}
