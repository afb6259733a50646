// The headers of a record: names and values in order, a name may come twice.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace lianmeng::log {

// Points into its Headers.
struct Header {
  std::string_view name;
  std::string_view value;
  bool operator==(const Header&) const = default;
};

// One block of bytes, each header as name and value with their lengths before them: a record has
// some eighteen, and every follower of a log takes each record apart. The journal holds the same
// bytes (embedded/frame.h).
class Headers {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    using pointer = const Header*;
    using reference = const Header&;

    Iterator() = default;
    const Header& operator*() const { return header_; }
    const Header* operator->() const { return &header_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Headers;
    Iterator(const char* at, const char* end) : at_(at), next_(at), end_(end) { ++*this; }

    const char* at_ = nullptr;  // Where the header lies; the end, behind the last.
    const char* next_ = nullptr;
    const char* end_ = nullptr;
    Header header_;
  };

  Headers() = default;
  Headers(std::initializer_list<Header> headers) {
    for (const auto& header : headers) add(header.name, header.value);
  }
  // Takes `count` headers off the front of `bytes`; nothing when they are malformed.
  static std::optional<Headers> read(std::string_view& bytes, std::size_t count);

  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  void add(std::string_view name, std::string_view value);

  // The first of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {bytes_.data(), bytes_.data() + bytes_.size()}; }
  Iterator end() const {
    const auto* end = bytes_.data() + bytes_.size();
    return {end, end};
  }
  // As they lie.
  std::string_view bytes() const { return bytes_; }

  bool operator==(const Headers&) const = default;

 private:
  std::string bytes_;
  std::size_t size_ = 0;
};

}  // namespace lianmeng::log
