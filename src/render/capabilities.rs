//! What the cluster can do, as templates ask it (`.Capabilities`).

use templates_engine::semver;

/// Versions a chart may ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The cluster's version, or the one `--kube-version` gave.
    pub kube_version: KubeVersion,
    /// API versions (`apps/v1`) and, when a cluster was asked, kinds in them (`apps/v1/Deployment`).
    pub api_versions: Vec<String>,
}

impl Default for Capabilities {
    /// Without a cluster: the client's version and every API version it knows, as Helm has them.
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.37.0".into(),
                normalized: "v1.37.0".into(),
                major: "1".into(),
                minor: "37".into(),
            },
            api_versions: DEFAULT_API_VERSIONS.iter().map(|s| (*s).to_owned()).collect(),
        }
    }
}

/// A Kubernetes version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As the server gives it: `v1.33.4-gke.1245000`.
    pub version: String,
    /// Without suffixes, for comparing: `v1.33.4`; empty when the server was asked.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `33`.
    pub minor: String,
}

/// Why a text is no Kubernetes version (`k8s.io/apimachinery/pkg/util/version`'s words).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeVersionError {
    /// No number at its start.
    #[error("could not parse {} as version", go_quote(.0))]
    Unparsable(String),
    /// Only one number.
    #[error("illegal version string {}", go_quote(.0))]
    Illegal(String),
    /// A first number such as `01`.
    #[error("illegal zero-prefixed version component {} in {}", go_quote(.component), go_quote(.version))]
    ZeroPrefixed {
        /// The number.
        component: String,
        /// The whole text.
        version: String,
    },
    /// A number beyond 64 bits.
    #[error(
        "illegal non-numeric version component {} in {}: strconv.ParseUint: parsing {}: value out of range",
        go_quote(.component), go_quote(.version), go_quote(.component)
    )]
    OutOfRange {
        /// The number.
        component: String,
        /// The whole text.
        version: String,
    },
}

fn go_quote(text: &str) -> String {
    templates_engine::fmt::quote(text.as_bytes())
}

impl KubeVersion {
    /// Reads `1.30`, `v1.30.2`, `v1.33.4-gke.1245000`, as Helm's `ParseKubeVersion` does.
    ///
    /// # Errors
    /// When there are no two numbers at its start.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let unparsable = || KubeVersionError::Unparsable(text.into());
        let start = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        let start = start.strip_prefix('v').unwrap_or(start);
        let numbers = leading_numbers(start).ok_or_else(unparsable)?;
        if start[numbers.len()..].contains('\n') {
            return Err(unparsable());
        }
        let components: Vec<&str> = numbers.split('.').collect();
        let [major, _, ..] = components[..] else {
            return Err(KubeVersionError::Illegal(text.into()));
        };
        if major.starts_with('0') && major != "0" {
            return Err(KubeVersionError::ZeroPrefixed { component: major.into(), version: text.into() });
        }
        let mut parsed = Vec::with_capacity(components.len());
        for component in &components {
            parsed.push(component.parse::<u64>().map_err(|_| KubeVersionError::OutOfRange {
                component: (*component).into(),
                version: text.into(),
            })?);
        }
        let joined: Vec<String> = parsed.iter().map(u64::to_string).collect();
        Ok(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}", joined.join(".")),
            major: joined[0].clone(),
            minor: joined[1].clone(),
        })
    }

    /// What prints for it: the normalized version where there is one.
    pub fn display(&self) -> &str {
        if self.normalized.is_empty() { &self.version } else { &self.normalized }
    }

    /// Whether a chart's `kubeVersion` range takes this version; a broken range takes none.
    pub fn satisfies(&self, range: &str) -> bool {
        match (semver::Version::parse(self.display()), semver::Constraint::parse(range)) {
            (Ok(version), Ok(constraint)) => constraint.check(&version),
            _ => false,
        }
    }
}

/// The longest `[0-9]+(\.[0-9]+)*` at the start.
fn leading_numbers(text: &str) -> Option<&str> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    if end == 0 {
        return None;
    }
    while text[end..].starts_with('.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    Some(&text[..end])
}

/// Helm's default version set: the API versions its client knows, in its order.
const DEFAULT_API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];
