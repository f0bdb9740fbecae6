//! Layouts, zones and durations, asked of Go through Helm.

use crate::calls;
use serde_json::{Value, json};

const LAYOUTS: &[&str] = &[
    "2006-01-02T15:04:05Z07:00",
    "2006-01-02T15:04:05.999999999Z07:00",
    "Mon Jan _2 15:04:05 2006",
    "Mon Jan _2 15:04:05 MST 2006",
    "Mon, 02 Jan 2006 15:04:05 -0700",
    "Monday, 02-Jan-06 15:04:05 MST",
    "3:04PM",
    "Jan _2 15:04:05.000000",
    "2006-01-02",
    "02.01.06",
    "January 2, 2006 at 3:04pm (MST)",
    "2006 002 __2",
    "_2006 _2 2",
    "1/2/2006 03 3 4 5 04 05",
    "-07 -0700 -07:00 -070000 -07:00:00",
    "Z07 Z0700 Z07:00 Z070000 Z07:00:00",
    "15:04:05.000",
    "15:04:05,999",
    "15:04:05.9 .99 ,000000",
    ".0001 .00000000000",
    "Janet Monet Month Monday MSTx 20060102150405",
    "",
    "é 2006 \t \n",
    "PM pm AM P p",
    "2006-01-02 15:04:05.999999999 -0700 MST",
];

const ZONES: &[&str] = &[
    "",
    "UTC",
    "Local",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "europe/berlin",
    "EST",
    "CET",
    "Etc/GMT+5",
    "Nowhere/City",
    "../etc/passwd",
    "Pacific/Apia",
    "America/St_Johns",
];

const SECONDS: &[i64] = &[
    0,
    1,
    -1,
    1_700_000_000,
    1_616_893_199,
    1_616_893_200,
    1_635_642_000,
    253_402_300_799,
    253_402_300_800,
    -62_135_596_800,
    -62_135_596_801,
    -2_208_988_800,
    951_782_400,
    4_102_444_800,
    -65_000_000_000,
    1_325_239_200,
];

#[test]
fn times_are_formatted_in_every_zone_as_in_go() {
    let mut cases = Vec::new();
    for seconds in SECONDS {
        for (i, zone) in ZONES.iter().enumerate() {
            for layout in LAYOUTS.iter().skip(i % 3).step_by(3) {
                cases.push(json!(["dateInZone", layout, ["int64", seconds], zone]));
            }
        }
        cases.push(json!(["date", "2006-01-02T15:04:05Z07:00", ["int64", seconds]]));
        cases.push(json!(["htmlDate", seconds]));
        cases.push(json!(["htmlDateInZone", seconds, "Asia/Tokyo"]));
    }
    assert!(cases.len() > 2000, "{} cases", cases.len());
    calls::compare(&cases);
}

const TEXTS: &[&str] = &[
    "2021-03-04T05:06:07Z",
    "2021-03-04T05:06:07+01:30",
    "2021-03-04T05:06:07.123456789-07:00",
    "2021-03-04T05:06:07.5+00:00",
    "2021-02-29T00:00:00Z",
    "2020-02-29T00:00:00Z",
    "2021-13-01T00:00:00Z",
    "2021-03-04T24:00:00Z",
    "2021-03-04T05:60:00Z",
    "2021-03-04T05:06:60Z",
    "2021-03-04",
    "2021-03-04 extra",
    "04.03.21",
    "04.03.69",
    "04.03.-1",
    "4.3.21",
    "Thu Mar  4 05:06:07 2021",
    "thu mar 4 05:06:07 2021",
    "Thu Mar  4 05:06:07 PST 2021",
    "Thu Mar  4 05:06:07 UTC 2021",
    "Thu Mar  4 05:06:07 GMT+3 2021",
    "Thu Mar  4 05:06:07 GMT 2021",
    "Thu Mar  4 05:06:07 +03 2021",
    "Thu Mar  4 05:06:07 WITA 2021",
    "Thu Mar  4 05:06:07 ABCDE 2021",
    "Thu Mar  4 05:06:07 ChST 2021",
    "Thu, 04 Mar 2021 05:06:07 -0730",
    "Thu, 04 Mar 2021 05:06:07 +2500",
    "Thu, 04 Mar 2021 05:06:07 +0161",
    "Thursday, 04-Mar-21 05:06:07 EST",
    "5:06AM",
    "12:00AM",
    "12:00PM",
    "13:00PM",
    "5:06am",
    "5:06 PM",
    "March 4, 2021 at 5:06pm (CEST)",
    "Mar  4 05:06:07.123456",
    "Mar 4 05:06:07",
    "2021 063  63",
    "2020 060  60",
    "2021 000   0",
    "2021 366 366",
    "2020 366 366",
    "05:06:07.123",
    "05:06:07,12",
    "05:06:07.",
    "05:06:07",
    "05:06:07.1234567891234",
    "20210304050607",
    "",
    "é",
    "\"\\",
    "  2021-03-04",
    "PM pm AM P p",
    "2021-03-04 05:06:07.999 -0700 MST",
    "2021-03-04 05:06:07 +0000 UTC",
    "2021-03-04 05:06:07 +0100 CET",
    "-100-01-01",
    "+200-01-01",
];

#[test]
fn texts_are_read_and_refused_as_in_go() {
    let mut cases = Vec::new();
    for layout in LAYOUTS {
        for text in TEXTS {
            cases.push(json!(["mustToDate", layout, text]));
            cases.push(json!({"of": ["toDate", layout, text], "method": "String"}));
        }
    }
    assert!(cases.len() > 2000, "{} cases", cases.len());
    calls::compare(&cases);
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn durations_are_read_rounded_and_printed_as_in_go() {
    let texts = [
        "",
        "0",
        "5s",
        "-5s",
        "+5s",
        "1h2m3.5s",
        "1.5h",
        "300ms",
        "1us",
        "1µs",
        "1μs",
        "1ns",
        "1.5ns",
        ".5s",
        "5.s",
        ".s",
        "1",
        "s",
        "1x",
        "1 s",
        "-",
        "--1s",
        "1h-1m",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "-9223372036854775808ns",
        "2562047h47m16.854775807s",
        "2562047h47m16.854775808s",
        "99999999999999999999s",
        "0.1234567890123456789h",
        "1e3s",
        "2.5",
        " 7 ",
        "1e400",
        "inf",
        "NaN",
        "-3",
        "0x1p2",
        "1d",
        "8761h",
        "8760h",
        "721h",
        "25h",
        "24h",
        "61m",
        "60m",
        "61s",
        "1.5s",
        "é",
        "9223372036",
        "9223372037",
        "1_000",
        "100y",
        "0.9s",
        "-26h",
        "10",
        "3600",
    ];
    let units = ["1s", "1m", "1h", "7ns", "0", "bad", "-1s", "250ms"];
    let date = json!(["toDate", "2006-01-02", "2021-03-04"]);
    let mut cases: Vec<Value> = Vec::new();
    for text in texts {
        for name in [
            "duration",
            "durationRound",
            "mustToDuration",
            "durationSeconds",
            "durationMinutes",
            "durationHours",
            "durationDays",
            "durationWeeks",
            "durationMilliseconds",
            "durationMicroseconds",
            "durationNanoseconds",
        ] {
            cases.push(json!([name, text]));
        }
        cases.push(json!({"of": ["mustToDuration", text], "method": "String"}));
        cases.push(json!(["mustDateModify", text, date]));
        cases.push(json!(["dateModify", text, date]));
        for unit in units {
            for name in ["durationRoundTo", "durationTruncateTo"] {
                cases.push(json!({"of": [name, text, unit], "method": "String"}));
            }
        }
    }
    for number in [
        json!(0),
        json!(5),
        json!(-5),
        json!(1.5),
        json!(-2.75),
        json!(86400),
        json!(9223372036854775807_i64),
        json!(1e300),
        json!(null),
        json!(true),
        json!(["list"]),
    ] {
        for name in ["duration", "durationRound", "mustToDuration", "durationSeconds", "durationHours"] {
            cases.push(json!([name, number]));
            if number.is_i64() {
                cases.push(json!([name, ["int64", number]]));
            }
        }
    }
    calls::compare(&cases);
}

#[test]
fn times_have_their_methods() {
    let date = json!(["toDate", "2006-01-02 15:04:05.999 -0700", "2020-02-29 23:59:58.75 +0530"]);
    let other = json!(["toDate", "2006-01-02", "2021-03-04"]);
    let call = |name: &str, args: Value| json!({"of": date, "method": name, "args": args});
    let mut cases: Vec<Value> = [
        "Year",
        "Day",
        "Hour",
        "Minute",
        "Second",
        "Nanosecond",
        "YearDay",
        "Unix",
        "UnixMilli",
        "UnixMicro",
        "UnixNano",
        "IsZero",
        "IsDST",
        "String",
        "UTC",
        "Local",
        "Month",
        "Weekday",
    ]
    .iter()
    .map(|name| call(name, json!([])))
    .collect();
    for name in ["Before", "After", "Equal", "Compare"] {
        cases.extend([call(name, json!([other])), call(name, json!([date]))]);
    }
    cases.push(call("Format", json!(["Mon Jan _2 15:04:05.000 MST 2006 -07:00"])));
    cases.push(json!({"of": call("Sub", json!([other])), "method": "String"}));
    for unit in ["1h", "7m", "24h", "1s", "0"] {
        for name in ["Add", "Round", "Truncate"] {
            cases.push(call(name, json!([["mustToDuration", unit]])));
        }
    }
    for by in [[1, 0, 0], [0, 13, 0], [0, -1, -1], [-4, 0, 366]] {
        cases.push(call("AddDate", json!(by)));
    }
    for name in ["Month", "Weekday", "Location"] {
        cases.push(json!({"of": call(name, json!([])), "method": "String"}));
    }
    for name in ["Hours", "Minutes", "Seconds", "Milliseconds", "Microseconds", "Nanoseconds", "Abs"] {
        cases.push(json!({"of": ["mustToDuration", "-1h2m3.456789s"], "method": name}));
    }
    cases.push(json!(["unixEpoch", date]));
    calls::compare(&cases);
}
