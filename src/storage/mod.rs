//! Release records in the cluster.
