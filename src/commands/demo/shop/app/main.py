import os

from flask import Flask, jsonify
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=5)


@app.get("/healthz")
def healthz():
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    return jsonify(status="ok")
