// CONTRACT 0.3, "What a site's answer becomes", the rows of what cannot be read: framed in a way
// that cannot be relied upon (RFC 9112), too large, cut.

#include <gtest/gtest.h>

#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

class SiteFraming : public testing::TestWithParam<Row> {};

TEST_P(SiteFraming, becomes_the_error_of_its_row) {
  expect_row(GetParam());
}

std::string name_of_row(const testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Row, SiteFraming,
    testing::Values(
        Row{"garbage", answering("\x01\x02 canary\r\n\r\n"), unreadable_head()},
        Row{"http_of_the_future", answering("HTTP/3.0 200 OK\r\n\r\n"), unreadable_head()},
        Row{"status_of_two_digits", answering("HTTP/1.1 99 Low\r\n\r\n"), unreadable_head()},
        Row{"line_ends_in_lf", answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"),
            unreadable_head()},
        Row{"folded_field", answering(raw_200("Content-Length: 2\r\nX: a\r\n b\r\n", "{}")),
            unreadable_head()},
        Row{"length_and_chunked",
            answering(raw_200("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
            unreadable_head()},
        Row{"two_unequal_lengths",
            answering(raw_200("Content-Length: 2\r\nContent-Length: 3\r\n", "{}}")),
            unreadable_head()},
        Row{"signed_length", answering(raw_200("Content-Length: +2\r\n", "{}")), unreadable_head()},
        Row{"odd_transfer_encoding",
            answering(raw_200("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")), unreadable_head()},
        Row{"gzip_transfer_encoding",
            answering(raw_200("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
            unreadable_head()},
        Row{"bad_chunk_size",
            answering(raw_200("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n")),
            discarded()},
        Row{"chunk_longer_than_it_said",
            answering(raw_200("Transfer-Encoding: chunked\r\n", "2\r\n{} \r\n0\r\n\r\n")),
            discarded()},
        Row{"trailer",
            answering(raw_200("Transfer-Encoding: chunked\r\n",
                              chunk(asked_task()) + "0\r\nCanary: x\r\n\r\n")),
            discarded()},
        Row{"endless_chunk_extension",
            answering(raw_200("Transfer-Encoding: chunked\r\n",
                              "2;" + std::string(20000, 'x') + "\r\n{}\r\n0\r\n\r\n")),
            discarded()},
        Row{"endless_interim_answers", once([](SiteConnection& connection) {
              while (connection.send("HTTP/1.1 103 Early Hints\r\n\r\n")) {
              }
            }),
            unreadable_head()},
        Row{"unasked_upgrade",
            answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: canary\r\n\r\n"),
            unreadable_head()},
        Row{"head_too_large",
            answering(raw_200("X: " + std::string(7000, 'x') + "\r\nY: " + std::string(7000, 'y') +
                                  "\r\nZ: " + std::string(7000, 'z') + "\r\n",
                              "")),
            protocol_error("http_response_header_section_size")},
        Row{"field_too_large", answering(raw_200("X: " + std::string(9000, 'x') + "\r\n", "")),
            protocol_error("http_response_header_section_size")},
        Row{"too_many_fields",
            answering(raw_200(
                [] {
                  std::string fields;
                  for (int i = 0; i < 101; ++i) fields += "X: y\r\n";
                  return fields;
                }(),
                "")),
            protocol_error("http_response_header_section_size")},
        Row{"nothing_then_the_end", once([](SiteConnection&) {}),
            protocol_error("http_response_incomplete")},
        Row{"nothing_then_a_cut", sends_then_cuts(""), protocol_error("http_response_incomplete")},
        Row{"nothing_then_a_reset", once([](SiteConnection& connection) { connection.reset(); }),
            protocol_error("http_response_incomplete")},
        Row{"cut_in_the_head", sends_then_cuts("HTTP/1.1 200 OK\r\nContent-"),
            protocol_error("http_response_incomplete")},
        Row{"cut_in_the_body", sends_then_cuts(raw_200("Content-Length: 200\r\n", "{")),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"closed_in_the_body", sends_then_closes(raw_200("Content-Length: 200\r\n", "{")),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"closed_before_the_last_chunk",
            sends_then_closes(raw_200("Transfer-Encoding: chunked\r\n", chunk(asked_task()))),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"cut_where_the_end_is_the_end_of_the_body", sends_then_cuts(raw_200("", asked_task())),
            protocol_error("http_response_incomplete; received-status=200")}),
    name_of_row);

}  // namespace
}  // namespace sitegate::test
