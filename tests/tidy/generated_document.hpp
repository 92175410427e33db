#pragma once
// Documents made from the code: printed, or compared with the file that is there.

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

/// A text inside a Markdown table.
inline std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|')
      out += '\\';
    out += c;
  }
  return out;
}

/// The whole of a program that makes `document`: without arguments it prints, `--check FILE`
/// compares.
inline int print_or_compare(const std::string& document, int argc, char** argv,
                            std::string_view program, std::string_view home) {
  if (argc == 1) {
    std::cout << document;
    return 0;
  }
  if (argc != 3 || std::string_view(argv[1]) != "--check") {
    std::cerr << "usage: " << program << " [--check FILE]\n";
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  if (file && found == document)
    return 0;
  std::cerr << argv[2] << " is not what the code says; run: " << program << " > " << home << '\n';
  return 1;
}
