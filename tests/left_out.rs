//! Says what a test run without peers leaves out, since Cargo passes over such tests in silence.
#![expect(clippy::print_stdout, reason = "saying it is all that this does")]

fn main() {
    if !cfg!(feature = "peers") {
        println!(
            "\nleft out: `conformance` (beside the real helm) and `cluster` (on a real control plane).\n\
             They need --features peers and what tests/peers/build.sh builds; tests/all.sh runs everything.\n"
        );
    }
}
