//! The proleptic Gregorian calendar.

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
}

const DAYS_PER_ERA: i64 = 146_097;

/// Days since 1970-01-01; months beyond 12 and days beyond the month run over.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year.saturating_add((month - 1).div_euclid(12));
    let month = (month - 1).rem_euclid(12) + 1;
    // Years begin in March here, so that the leap day is the last.
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.saturating_mul(DAYS_PER_ERA).saturating_add(day_of_era - 719_468).saturating_add(day - 1)
}

/// The date of a day since 1970-01-01.
pub(super) fn date(days: i64) -> Civil {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = (if shifted < 10 { shifted + 3 } else { shifted - 9 }) as u32;
    Civil { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
}

/// Whether the year has a February 29.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month (1 to 12).
pub(super) fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekday(u8);

impl Weekday {
    pub(super) fn of(days: i64) -> Self {
        // 1970-01-01 was a Thursday.
        Self((days.rem_euclid(7) + 4).rem_euclid(7) as u8)
    }

    /// 0 is Sunday.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        WEEKDAYS[usize::from(self.0)]
    }
}

/// Names of the weekdays.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Names of the months.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-800_000..800_000).step_by(13) {
            let Civil { year, month, day: of_month } = date(day);
            assert_eq!(days(year, i64::from(month), i64::from(of_month)), day);
        }
        assert_eq!(date(0), Civil { year: 1970, month: 1, day: 1 });
        assert_eq!(Weekday::of(0).name(), "Thursday");
    }
}
