# IN, the document, as the C++ source OUT that holds it. The text alone decides what is written, so
# that the compiler's cache serves every checkout.
file(READ ${IN} text)
string(FIND "${text}" ")openapi" delimiter)
if(NOT delimiter EQUAL -1)
  message(FATAL_ERROR "${IN} contains the end of the string that would hold it: )openapi")
endif()
file(WRITE ${OUT} "// Made from contract/openapi.yaml.
#include \"contract/openapi_document.hpp\"

std::string_view sitegate::openapi_document() noexcept {
  return R\"openapi(${text})openapi\";
}
")
