#include "platform/log/headers.h"

#include "platform/base/assert.h"
#include "platform/log/varint.h"

namespace lianmeng::log {

Headers::Iterator& Headers::Iterator::operator++() {
  at_ = next_;
  if (at_ == end_) return *this;
  std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  LM_ASSERT(take_text(rest, &header_.name) && take_text(rest, &header_.value));
  next_ = rest.data();
  return *this;
}

std::optional<Headers> Headers::read(std::string_view& bytes, std::size_t count) {
  auto rest = bytes;
  Header header;
  for (std::size_t i = 0; i < count; ++i) {
    if (!take_text(rest, &header.name) || !take_text(rest, &header.value)) return std::nullopt;
  }
  Headers headers;
  headers.bytes_ = bytes.substr(0, bytes.size() - rest.size());
  headers.size_ = count;
  bytes = rest;
  return headers;
}

void Headers::add(std::string_view name, std::string_view value) {
  put_text(bytes_, name);
  put_text(bytes_, value);
  ++size_;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& header : *this) {
    if (header.name == name) return header.value;
  }
  return std::nullopt;
}

}  // namespace lianmeng::log
