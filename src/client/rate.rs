//! How fast requests may go out: client-go's bucket of tokens (`flowcontrol.NewTokenBucketRateLimiter`).

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// What client-go takes for no requests a second.
const DEFAULT_QPS: f64 = 5.0;
/// What client-go takes for no burst.
const DEFAULT_BURST: f64 = 10.0;

/// A bucket that is full at first, and gets one token for each request that may go out.
#[derive(Debug)]
pub(super) struct Rate {
    qps: f64,
    burst: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    at: Instant,
}

impl Rate {
    /// A bucket for so many requests a second and at once; none where there is no limit. As in client-go 0 stands for a
    /// default, and fewer than 0 requests a second for no limit.
    pub(super) fn new(qps: f32, burst: i64, now: Instant) -> Option<Self> {
        let qps = f64::from(qps);
        // Go's limiter would never let a request through; nobody can mean that.
        if qps < 0.0 || qps.is_nan() || burst < 0 {
            return None;
        }
        let or = |number: f64, default: f64| if number == 0.0 { default } else { number };
        #[expect(clippy::cast_precision_loss, reason = "nobody sends so many requests")]
        let burst = or(burst as f64, DEFAULT_BURST);
        Some(Self { qps: or(qps, DEFAULT_QPS), burst, state: Mutex::new(State { tokens: burst, at: now }) })
    }

    /// Takes a token, and says how long to wait until it is there.
    pub(super) fn take(&self, now: Instant) -> Duration {
        let mut state = super::lock(&self.state);
        let passed = now.saturating_duration_since(state.at).as_secs_f64();
        state.tokens = (state.tokens + passed * self.qps).min(self.burst) - 1.0;
        state.at = state.at.max(now);
        let wait = (-state.tokens / self.qps).max(0.0);
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_in_time() {
        let start = Instant::now();
        let rate = Rate::new(2.0, 3, start).unwrap();
        let after = |millis: u64| start + Duration::from_millis(millis);
        let waits: Vec<u128> = (0..5).map(|_| rate.take(after(0)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 500, 1000]);
        assert_eq!(rate.take(after(1000)).as_millis(), 500, "the next one waits for the two before it");
        assert_eq!(rate.take(after(60_000)).as_millis(), 0);
        let waits: Vec<u128> = (0..3).map(|_| rate.take(after(60_000)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 500], "a bucket holds no more than its burst");
    }

    #[test]
    fn nothing_stands_for_defaults_and_less_for_no_limit() {
        let now = Instant::now();
        let rate = Rate::new(0.0, 0, now).unwrap();
        assert_eq!((rate.qps, rate.burst), (DEFAULT_QPS, DEFAULT_BURST));
        assert!(Rate::new(-1.0, 5, now).is_none() && Rate::new(f32::NAN, 5, now).is_none());
        assert!(Rate::new(1.0, -1, now).is_none());
        assert_eq!(
            Rate::new(f32::MIN_POSITIVE, 1, now).map(|r| (r.take(now), r.take(now) > Duration::from_secs(9))),
            Some((Duration::ZERO, true))
        );
    }
}
