// The least that a fold must do, done by itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/folding.h"
#include "bench/rows.h"
#include "bench/stopwatch.h"

namespace lianmeng::bench {

struct Parts {
  bool envelope = true;  // Reads the records' headers.
  bool event = true;     // Parses the events; needs the envelope.
  bool rows = true;      // Puts what each record wrote into its partition's table.
};

// Decodes what the partitions read, in the same order, and inserts the rows that they wrote into
// tables of the same kind as theirs (state::Layer). Copying the records is left out, as there.
void decode_and_insert(const FoldingPlan& plan, const RowsOfRecords& rows, const Parts& parts,
                       Stopwatch& stopwatch);

// Writes the commits into a fresh RocksDB, each as one WriteBatch without WAL followed by a flush
// of its column family, until the database is closed. Options are those of the store that lies in
// `like`, but for memtables that hold a whole commit.
void write_batches(const std::vector<Commit>& commits, const std::filesystem::path& like,
                   const std::filesystem::path& folder);

}  // namespace lianmeng::bench
