// For handles of C libraries: std::unique_ptr<BIO, ReleasedBy<BIO_free_all>>.
#pragma once

namespace lianmeng {

template <auto release>
struct ReleasedBy {
  template <class Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};

}  // namespace lianmeng
