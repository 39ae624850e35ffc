"""What this source is called, and the product it is the log of."""

from schemas.observation import App

SOURCE = "datarobot"
DATAROBOT = App(name="DataRobot", publisher="DataRobot")
