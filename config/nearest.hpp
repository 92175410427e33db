#pragma once
// "Did you mean": the known word that a mistaken one was probably meant to be.

#include <string>
#include <string_view>
#include <vector>

namespace sitegate {

/// How many letters must be inserted, left out, replaced or swapped with their neighbour to make
/// the one word of the other; no letter is touched twice (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b);

/// The first of the nearest among `known`; empty: none is near enough. Upper and lower case, `-`
/// and `_` count as one. One mistake in three letters is allowed, three in all.
std::string_view nearest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean `NAME`? ", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace sitegate
