//! The arithmetic of comparing: medians, spreads, exponents.

/// The middle one of `values`; of an even number the mean of both middle ones; 0 of none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// The least and the most of `values`; `None` of fewer than two.
#[must_use]
pub fn spread(values: &[f64]) -> Option<[f64; 2]> {
    let least = values.iter().copied().reduce(f64::min)?;
    let most = values.iter().copied().reduce(f64::max)?;
    (values.len() > 1).then_some([least, most])
}

/// The exponent `k` of `y = c * x^k` that fits `points` best: the slope of a straight line through their
/// logarithms, by least squares. `None` where there are not two different `x`, or something is not above 0.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    if points.iter().any(|(x, y)| *x <= 0.0 || *y <= 0.0) {
        return None;
    }
    let count = points.len() as f64;
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (mean_x, mean_y) = (logs().map(|(x, _)| x).sum::<f64>() / count, logs().map(|(_, y)| y).sum::<f64>() / count);
    let across: f64 = logs().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let along: f64 = logs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (across > 0.0).then_some(along / across)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn one_run_has_no_spread() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some([1.0, 3.0]));
        assert_eq!((spread(&[3.0]), spread(&[])), (None, None));
    }

    #[test]
    fn the_exponent_of_a_power_is_found_and_noise_does_not_carry_it_off() {
        let power = |exponent: f64| [0.25_f64, 1.0, 4.0].map(|x| (x, 7.0 * x.powf(exponent)));
        assert!((exponent(&power(0.7)).unwrap() - 0.7).abs() < 1e-12);
        let mut noisy = power(1.0);
        noisy[0].1 *= 1.1;
        noisy[2].1 *= 1.1;
        assert!((exponent(&noisy).unwrap() - 1.0).abs() < 1e-12, "the same at both ends tilts nothing");
    }

    #[test]
    fn nothing_is_fitted_through_one_point_or_through_zero() {
        assert_eq!(exponent(&[(1.0, 2.0)]), None);
        assert_eq!(exponent(&[]), None);
        assert_eq!(exponent(&[(1.0, 2.0), (2.0, 0.0)]), None);
    }
}
