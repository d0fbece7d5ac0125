"""Values that stay in memory, for tests and for pipelines whose results nobody keeps.

The specification's block, and what it made.
"""

from entrepot import mem_io_manager, materialize_to_memory

from entrepot import asset, materialize


@asset
def in_memory_data() -> dict:
    return {"key": "value", "count": 42}


@asset
def processed_memory_data(in_memory_data: dict) -> dict:
    return {**in_memory_data, "processed": True}


# Materialize with memory I/O manager
result = materialize_to_memory([in_memory_data, processed_memory_data])

# Access values directly from memory
data = result.output_for_node("in_memory_data")
processed = result.output_for_node("processed_memory_data")


# ---- what it made ------------------------------------------------------------------------

print(data)
# prints: {'key': 'value', 'count': 42}
print(processed)
# prints: {'key': 'value', 'count': 42, 'processed': True}

again = materialize(
    [in_memory_data, processed_memory_data], resources={"io_manager": mem_io_manager}
)
print(again.output_for_node("processed_memory_data") == processed)
# prints: True
