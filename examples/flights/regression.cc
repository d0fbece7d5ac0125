// Least squares by the normal equations.

#include <cmath>
#include <numeric>

#include <arrow/compute/api.h>

#include "entrepot/arrow_result.h"
#include "flights.h"
#include "tables.h"

namespace flights {
namespace {

using Numbers = std::vector<double>;

// Sums are long: hours without rain add the same number 250,000 times, and its rounding
// always errs to one side.

double Dot(const Numbers& a, const Numbers& b) {
  return static_cast<double>(std::inner_product(a.begin(), a.end(), b.begin(), 0.0L));
}

double Mean(const Numbers& numbers) {
  const long double sum = std::accumulate(numbers.begin(), numbers.end(), 0.0L);
  return static_cast<double>(sum / static_cast<long double>(numbers.size()));
}

/// Subtracts `mean` and divides by `deviation`.
Numbers Standardized(Numbers numbers, double mean, double deviation = 1) {
  for (double& number : numbers) number = (number - mean) / deviation;
  return numbers;
}

ep::Result<Numbers> NumbersOf(const arrow::Table& table, const std::string& name) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto column, Column(table, name));
  ENTREPOT_ASSIGN_OR_RETURN(const auto cast,
                            arrow::compute::Cast(*column, arrow::float64()));
  const auto& doubles = static_cast<const arrow::DoubleArray&>(*cast);
  return Numbers(doubles.raw_values(), doubles.raw_values() + doubles.length());
}

/// Solves a·x = b by Cholesky's decomposition, for a symmetric a.
///
/// Errors: kInvalid  a is not positive definite
ep::Result<Numbers> Solve(std::vector<Numbers> a, Numbers b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      if (i == j && !(sum > 0)) return ep::Invalid("the columns depend on each other");
      a[i][j] = i == j ? std::sqrt(sum) : sum / a[j][j];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

}  // namespace

ep::Result<Coefficients> DelayModel(const ep::TablePtr& departures,
                                    ep::StepContext& step) {
  std::vector<Selected> columns = {"dep_delay"};
  columns.insert(columns.end(), kWeather.begin(), kWeather.end());
  ENTREPOT_ASSIGN_OR_RETURN(const auto selected, Select(*departures, columns));
  ENTREPOT_ASSIGN_OR_RETURN(const auto datum, arrow::compute::DropNull(selected));
  const arrow::Table& known = *datum.table();

  ENTREPOT_ASSIGN_OR_RETURN(const Numbers delays, NumbersOf(known, "dep_delay"));
  const double mean_delay = Mean(delays);
  const Numbers centred = Standardized(delays, mean_delay);

  // Columns of mean 0 and deviation 1 keep the normal equations well conditioned.
  const size_t n = kWeather.size();
  std::vector<Numbers> weather;
  Numbers means, deviations;
  for (const std::string& name : kWeather) {
    ENTREPOT_ASSIGN_OR_RETURN(Numbers column, NumbersOf(known, name));
    means.push_back(Mean(column));
    column = Standardized(std::move(column), means.back());
    deviations.push_back(
        std::sqrt(Dot(column, column) / static_cast<double>(column.size())));
    weather.push_back(Standardized(std::move(column), 0, deviations.back()));
  }
  std::vector<Numbers> products(n, Numbers(n));
  Numbers with_delay;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) products[i][j] = Dot(weather[i], weather[j]);
    with_delay.push_back(Dot(weather[i], centred));
  }
  ENTREPOT_ASSIGN_OR_RETURN(const Numbers effects, Solve(products, with_delay));

  step.AddOutputMetadata(
      {{"rows", known.num_rows()},
       {"r_squared", Dot(effects, with_delay) / Dot(centred, centred)}});
  Coefficients model{{"intercept", mean_delay}};
  for (size_t i = 0; i < n; ++i) {
    model[kWeather[i]] = effects[i] / deviations[i];
    model["intercept"] -= effects[i] / deviations[i] * means[i];
  }
  return model;
}

}  // namespace flights
