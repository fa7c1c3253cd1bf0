"""globus-sdk's apps, which log in by themselves, check consents and keep tokens."""

import globus_sdk
import pytest
from globus_sdk.login_flows import LoginFlowManager
from globus_sdk.scopes import TimersScopes, TransferScopes
from globus_sdk.token_storage import MemoryTokenStorage


@pytest.fixture
def user_app(native, browse, ada):
    """An app whose person signs in with a cookie jar."""
    browser = browse(ada)

    class Walk(LoginFlowManager):
        def run_login_flow(self, auth_parameters):
            url = self._get_authorize_url(auth_parameters, "http://localhost:4711")
            return self.login_client.oauth2_exchange_code_for_tokens(browser.code(url))

    config = globus_sdk.GlobusAppConfig(
        login_flow_manager=Walk(native, request_refresh_tokens=True),
        token_storage=MemoryTokenStorage(),
        request_refresh_tokens=True,
    )
    with globus_sdk.UserApp("An app", login_client=native, config=config) as app:
        app.browser = browser
        yield app


def test_a_user_app_logs_in_when_it_has_to(user_app, ada):
    with globus_sdk.AuthClient(app=user_app) as client:
        assert client.userinfo()["sub"] == ada.identity_id
    assert user_app.browser.asked == ["sign in", "allow"]
    assert not user_app.login_required()


def test_a_user_app_asks_for_more_consent(user_app, ada):
    with globus_sdk.AuthClient(app=user_app) as client:
        client.userinfo()
        timer = TimersScopes.timer.with_dependency(TransferScopes.all)
        user_app.add_scope_requirements({TimersScopes.resource_server: [timer]})
        assert user_app.login_required()
        user_app.login()
        assert not user_app.login_required()
        assert client.get_consents(ada.identity_id).to_forest().meets_scope_requirements(timer)
    assert user_app.browser.asked == ["sign in", "allow", "allow"]


def test_a_user_app_logs_out(user_app):
    user_app.login()
    user_app.logout()
    assert user_app.login_required()


def test_a_client_app(new_client):
    client_id, secret = new_client()
    config = globus_sdk.GlobusAppConfig(token_storage=MemoryTokenStorage())
    with (
        globus_sdk.ClientApp(
            "A robot", client_id=client_id, client_secret=secret, config=config
        ) as app,
        globus_sdk.AuthClient(app=app) as client,
    ):
        assert client.userinfo()["sub"] == client_id
