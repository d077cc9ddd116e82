//! A span of time that is compared with a limit: `> 30s`, `<= 5m`.

use std::time::Duration;

use super::time;

/// How a span relates to its limit; the longer signs come first, because the shorter ones begin them.
const OPERATORS: [(&str, Operator); 5] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::MoreThan),
    ("<", Operator::LessThan),
    ("=", Operator::Exactly),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    AtLeast,
    AtMost,
    MoreThan,
    LessThan,
    Exactly,
}

/// An operator and its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    operator: Operator,
    limit: Duration,
}

impl Comparison {
    /// Reads an operator and a span of time.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = OPERATORS.into_iter().find_map(|(sign, operator)| {
            Some((operator, text.trim_start().strip_prefix(sign)?.trim()))
        });
        let (operator, limit) = found.ok_or_else(|| {
            format!("\"{text}\" is not a comparison; write > 30s, <= 5m, with one of >, <, >=, <=")
        })?;
        let limit = time::span_or_zero(limit)?;
        Ok(Self { operator, limit })
    }

    /// Whether a span is as it shall be.
    pub fn holds(self, span: Duration) -> bool {
        match self.operator {
            Operator::AtLeast => span >= self.limit,
            Operator::AtMost => span <= self.limit,
            Operator::MoreThan => span > self.limit,
            Operator::LessThan => span < self.limit,
            Operator::Exactly => span == self.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_a_comparison_is_refused_with_the_remedy() {
        for (text, said) in [
            ("30s", "> 30s"),
            ("", "> 30s"),
            ("=> 30s", "is not a duration"),
            ("> 30", "is not a duration"),
            (">", "is not a duration"),
            ("> 30 s", "is not a duration"),
            ("> -1s", "is not a duration"),
        ] {
            let refused = Comparison::parse(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
        assert!(Comparison::parse(" >0s ").unwrap().holds(Duration::from_millis(1)));
    }

    proptest! {
        #[test]
        fn a_comparison_means_what_its_sign_means(span in 0..200_u64, limit in 0..200_u64) {
            let (unit, factor) = if limit % 2 == 0 { ("s", 1000) } else { ("ms", 1) };
            let (span, written) = (Duration::from_millis(span * factor), format!("{limit}{unit}"));
            let bound = Duration::from_millis(limit * factor);
            for (sign, expected) in [
                (">", span > bound),
                ("<", span < bound),
                (">=", span >= bound),
                ("<=", span <= bound),
                ("=", span == bound),
            ] {
                let comparison = Comparison::parse(&format!("{sign} {written}")).unwrap();
                prop_assert_eq!(comparison.holds(span), expected, "{} {}", sign, written);
            }
        }
    }
}
