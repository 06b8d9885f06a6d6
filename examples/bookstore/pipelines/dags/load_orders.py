"""Loads yesterday's orders from the shop's Postgres into the warehouse."""

from datetime import timedelta

import pendulum
from airflow import DAG
from airflow_clickhouse_plugin.operators.clickhouse import ClickHouseOperator

CREATE_ORDERS = """
CREATE TABLE IF NOT EXISTS orders (
    id UUID, book_id UUID, quantity Int32, total_cents Int64, placed_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (placed_at, id)
"""

# The warehouse reads Postgres itself, through its `postgresql` table function.
LOAD_ORDERS = """
INSERT INTO orders
SELECT id, book_id, quantity, total_cents, placed_at
FROM postgresql(
    '{{ conn.bookstore_db.host }}:{{ conn.bookstore_db.port }}',
    '{{ conn.bookstore_db.schema }}', 'orders',
    '{{ conn.bookstore_db.login }}', '{{ conn.bookstore_db.password }}'
)
WHERE toDate(placed_at, 'UTC') = toDate('{{ ds }}')
"""

with DAG(
    dag_id="load_orders",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 10, 1, tz="UTC"),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
):
    create_orders = ClickHouseOperator(
        task_id="create_orders", clickhouse_conn_id="warehouse", sql=CREATE_ORDERS
    )
    load_orders = ClickHouseOperator(
        task_id="load_orders", clickhouse_conn_id="warehouse", sql=LOAD_ORDERS
    )
    create_orders >> load_orders
