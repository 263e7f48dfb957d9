"""Tables that are handed in as pandas frames, in the form in which the engine reads them."""

import hashlib
import io

import pandas as pd
import pyarrow as pa

from recsys.errors import DataError


def arrow_table(name: str, frame: pd.DataFrame) -> pa.Table:
    """The columns of the frame for the table `name`, without its index.

    Raises `DataError` where there is no column, for one named twice or a text that is not Unicode.
    """
    columns = [str(column) for column in frame.columns]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated or not columns:
        fault = f"names the column {repeated[0]!r} twice" if repeated else "has no column"
        raise DataError(f"the frame of table {name} {fault}; name each of its columns once")
    arrays = []
    for place, column in enumerate(columns):
        try:
            arrays.append(_array(frame.iloc[:, place]))
        except UnicodeEncodeError as error:
            raise DataError(
                f"the frame of table {name}, column {column}, holds what is not Unicode ({error}); mend it"
            ) from error
    return pa.table(arrays, names=columns)


def content_sha256(table: pa.Table) -> str:
    """Hex SHA-256 of a table's columns: their names, types and values in order."""
    sink = _Digest()
    # One chunk and no metadata: how a frame was put together is no part of what it holds.
    whole = table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema) as stream:
        stream.write_table(whole)
    return sink.sha256.hexdigest()


def _array(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        # Times without a zone are UTC, and pyarrow 25 reads those with one in a way that pandas 3 warns of.
        values = values.dt.tz_convert(None)
    try:
        found = pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # As text throughout: a value of a wrong type is then one bad row that can be named.
        found = pa.Array.from_pandas(values.map(str, na_action="ignore"), type=pa.string())
    return found.cast(found.type.value_type) if pa.types.is_dictionary(found.type) else found


class _Digest(io.RawIOBase):
    """Hashes what is written to it."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        """As a file that can be written says."""
        return True

    def write(self, content: object) -> int:
        """Take some bytes in."""
        part = memoryview(content)  # type: ignore[arg-type]
        self.sha256.update(part)
        return part.nbytes
