/// \file benchmarks/table_round_trip/arrow_only.cc
/// The floor: the same file by direct Arrow calls. The writer has the settings that
/// Entrepot's has, and the encoding of each column is taken from the file that Entrepot
/// wrote (`--like`), so choosing it costs nothing here.
///
///   --table FILE.arrow  --like FILE.parquet  --folder DIR  --repeats N
///   --memory store|load
///
/// The file is read in two ways: whole into memory first (load_seconds), as Entrepot does
/// to check its digest, and by ReadableFile with pre-buffering (load_by_file_seconds). No
/// digest, no checksums, no sync.

#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include <algorithm>

#include "benchmarks/measurement.h"
#include "benchmarks/table_round_trip/mixed_table.h"

using namespace entrepot::benchmarks;

namespace {

constexpr std::int64_t kGroupRows = 1 << 20;
constexpr std::int64_t kBatchRows = 256 << 10;

std::shared_ptr<parquet::WriterProperties> PropertiesLike(const std::string& path) {
  parquet::WriterProperties::Builder builder;
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(1)
      ->dictionary_pagesize_limit(1 << 20)
      ->max_row_group_length(kGroupRows)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::ColumnChunk)
      ->enable_page_checksum();
  const auto metadata = parquet::ParquetFileReader::OpenFile(path)->metadata();
  const auto group = metadata->RowGroup(0);
  for (int i = 0; i < group->num_columns(); ++i) {
    const auto column = group->ColumnChunk(i);
    const std::string name = column->path_in_schema()->ToDotString();
    if (!column->is_stats_set()) builder.disable_statistics(name);
    if (column->has_dictionary_page()) continue;
    builder.disable_dictionary(name);
    for (const auto encoding : column->encodings()) {
      if (encoding != parquet::Encoding::RLE && encoding != parquet::Encoding::PLAIN) {
        builder.encoding(name, encoding);
      }
    }
  }
  return builder.build();
}

void Write(const arrow::Table& table, const std::string& path,
           const std::shared_ptr<parquet::WriterProperties>& properties) {
  const auto out = OrFail(arrow::io::FileOutputStream::Open(path));
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder()
                                    .store_schema()
                                    ->set_use_threads(true)
                                    ->build();
  const auto writer = OrFail(parquet::arrow::FileWriter::Open(
      *table.schema(), arrow::default_memory_pool(), out, properties, arrow_properties));
  arrow::TableBatchReader batches(table);
  batches.set_chunksize(kBatchRows);
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    OrFail(batches.ReadNext(&batch));
    if (!batch) break;
    OrFail(writer->WriteRecordBatch(*batch));  // Columns in parallel.
  }
  OrFail(writer->Close());
  OrFail(out->Close());
}

std::shared_ptr<arrow::Table> Read(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file, bool is_in_memory) {
  parquet::ArrowReaderProperties properties;
  properties.set_use_threads(true);
  properties.set_pre_buffer(!is_in_memory);
  parquet::arrow::FileReaderBuilder builder;
  OrFail(builder.Open(file));
  return OrFail(OrFail(builder.properties(properties)->Build())->ReadTable());
}

std::shared_ptr<arrow::Table> ReadWhole(const std::string& path) {
  const auto file = OrFail(arrow::io::ReadableFile::Open(path));
  const auto bytes = OrFail(file->ReadAt(0, OrFail(file->GetSize())));
  return Read(std::make_shared<arrow::io::BufferReader>(bytes), true);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string memory = options.Text("memory");
  std::string path = options.Text("like");
  if (memory == "load") {
    const PeakMemory peak;
    const auto back = ReadWhole(path);
    Print({{"load_above_bytes", peak.above_bytes() - SizeOf(*back)},
           {"checked", back->Equals(*ReadTable(options.Text("table")))}});
    return 0;
  }
  const auto table = ReadTable(options.Text("table"));
  const auto properties = PropertiesLike(options.Text("like"));
  nlohmann::ordered_json store = nlohmann::ordered_json::array();
  nlohmann::ordered_json store_cpu = nlohmann::ordered_json::array();
  nlohmann::ordered_json load = nlohmann::ordered_json::array();
  nlohmann::ordered_json load_by_file = nlohmann::ordered_json::array();
  nlohmann::ordered_json result;
  for (int i = 0; i < options.Number("repeats", 1); ++i) {
    // A file that was there before would give its memory to the new one.
    path = FreshFolder(options.Text("folder", "."), "arrow_only") + "/table.parquet";
    const PeakMemory peak;
    const CpuTimer working;
    const Timer storing;
    Write(*table, path, properties);
    store.push_back(storing.seconds());
    store_cpu.push_back(working.seconds());
    if (memory == "store") result["store_above_bytes"] = peak.above_bytes();
    {
      const Timer loading;
      const auto back = ReadWhole(path);
      load.push_back(loading.seconds());
      Check(back->Equals(*table), "the table differs");
    }
    const Timer loading;
    const auto back = Read(OrFail(arrow::io::ReadableFile::Open(path)), false);
    load_by_file.push_back(loading.seconds());
    Check(back->Equals(*table), "the table differs");
  }
  result["store_seconds"] = store;
  result["store_cpu_seconds"] = store_cpu;
  result["load_seconds"] = load;
  result["load_by_file_seconds"] = load_by_file;
  result["file_bytes"] = std::filesystem::file_size(path);
  result["checked"] = true;
  Print(result);
  return 0;
}
