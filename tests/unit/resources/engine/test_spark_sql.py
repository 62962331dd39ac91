import pytest

from resources.engine.spark_sql import spark_sql, spark_type


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT CAST(amount AS HUGEINT) AS wide FROM lines", "CAST(`amount` AS DECIMAL(38, 0))"),
        ("SELECT amount // step AS steps FROM lines", "`amount` DIV NULLIF(`step`, 0)"),
        ("SELECT amount % step AS rest FROM lines", "`amount` % NULLIF(`step`, 0)"),
        ("SELECT CAST(paid_at AS TIMESTAMP) AS paid_at FROM lines", "CAST(`paid_at` AS TIMESTAMP_NTZ)"),
        ("SELECT lines.set FROM lines", "`lines`.`set`"),
        ("SELECT STRFTIME(paid_at, '%Y-%m-%dT%H') AS hour FROM lines", r"'yyyy-MM-dd\'T\'HH'"),
        ("SELECT STRING_AGG(id, ' ' ORDER BY id) AS ids FROM lines", "LISTAGG(`id`, ' ') WITHIN GROUP"),
    ],
)
def test_what_spark_says_otherwise_is_spelled_out(ours: str, theirs: str) -> None:
    assert theirs in spark_sql(ours)


def test_relations_take_the_place_of_files() -> None:
    asked = []

    def name_of(paths: object) -> str:
        asked.append(paths)
        return f"files_{len(asked)}"

    query = (
        "SELECT id FROM read_parquet(['/a b/o''x.parquet', '/y.parquet'], union_by_name = true) "
        "UNION ALL SELECT id FROM read_parquet(['/z.parquet'], union_by_name = true)"
    )
    written = spark_sql(query, name_of)
    assert asked == [["/a b/o'x.parquet", "/y.parquet"], ["/z.parquet"]]
    assert written == "SELECT `id` FROM `files_1` UNION ALL SELECT `id` FROM `files_2`"


def test_types_are_those_of_duckdb() -> None:
    kinds = ("VARCHAR", "BIGINT", "TINYINT", "DATE", "TIMESTAMP", "BOOLEAN", "HUGEINT")
    assert [spark_type(kind) for kind in kinds] == [
        "STRING", "BIGINT", "TINYINT", "DATE", "TIMESTAMP_NTZ", "BOOLEAN", "DECIMAL(38, 0)",
    ]  # fmt: skip
